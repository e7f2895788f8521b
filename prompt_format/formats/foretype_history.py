"""The section of the latest edits in Foretype's own formats: changed lines, newest edit last."""

from collections.abc import Sequence

from prompt_format.budget import TokenCounter
from prompt_format.inputs import PromptInput
from prompt_format.special_tokens import contains_special_token

FILE = "<file_sep>"
HISTORY = "<jupyter_script>"

HISTORY_TOKENS = 192
MAX_EVENTS = 6


def history_section(
    prompt_input: PromptInput, count: TokenCounter, special_tokens: Sequence[str]
) -> str:
    """The newest edits that fit, oldest first: changed lines with a line of context.

    An edit of another file is headed by its path. Of one that does not fit, its last lines are
    shown: what was typed last says most.
    """
    left = HISTORY_TOKENS
    chosen: list[str] = []
    for event in reversed(prompt_input.events[-MAX_EVENTS:]):
        if contains_special_token(event.path + event.diff, special_tokens):
            continue
        header = "" if event.is_of(prompt_input.cursor_path) else f"{FILE}{event.path}\n"
        lines: list[str] = []
        left -= count(header + "@\n")
        for line in reversed(_changed_lines(event.diff)):
            left -= count(line)
            if left < 0:
                break
            lines.append(line)
        if lines:
            chosen.append(header + "@\n" + "".join(reversed(lines)))
        if left <= 0:
            break
    return HISTORY + "".join(reversed(chosen))


def _changed_lines(diff: str) -> list[str]:
    """Lines of a diff that add or delete, with one line of context on either side of each run."""
    lines = [line + "\n" for line in diff.split("\n") if line[:1] in ("+", "-", " ")]
    return [
        line
        for at, line in enumerate(lines)
        if line[0] != " " or any(near[0] != " " for near in lines[max(0, at - 1) : at + 2])
    ]
