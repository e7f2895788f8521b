"""The section of the latest edits in Foretype's own formats: changed lines, newest edit last.

Of the line that is being typed it shows the indentation alone: the prompt's end has all of it, and
where a key changes nothing here, that end is all that an engine has to read again.
"""

from collections.abc import Sequence

from prompt_format.budget import TokenCounter
from prompt_format.inputs import EditEvent, PromptInput
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
    for event in reversed(_events(prompt_input)):
        if contains_special_token(event.path + event.diff, special_tokens):
            continue
        header = "" if _is_same_file(event, prompt_input) else f"{FILE}{event.path}\n"
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


def _events(prompt_input: PromptInput) -> Sequence[EditEvent]:
    """The latest ones; the last one without what is being typed."""
    events = prompt_input.events[-MAX_EVENTS:]
    if not events or not _is_same_file(events[-1], prompt_input):
        return events
    line = _cursor_line(prompt_input)
    indentation = line[: len(line) - len(line.lstrip())]
    # What does not hold the line comes back as it was, in the last of the three parts.
    before, found, behind = f"\n{events[-1].diff}\n".rpartition(f"\n+{line}\n")
    diff = (before + (found and f"\n+{indentation}\n") + behind)[1:-1]
    return (*events[:-1], events[-1].model_copy(update={"diff": diff}))


def _cursor_line(prompt_input: PromptInput) -> str:
    text, cursor = prompt_input.excerpt_bytes, prompt_input.cursor_offset_in_excerpt
    return (text[:cursor].rpartition(b"\n")[2] + text[cursor:].partition(b"\n")[0]).decode()


def _is_same_file(event: EditEvent, prompt_input: PromptInput) -> bool:
    """Editors put the project's name before the path of an event."""
    return prompt_input.cursor_path in (event.path, event.path.partition("/")[2])


def _changed_lines(diff: str) -> list[str]:
    """Lines of a diff that add or delete, with one line of context on either side of each run."""
    lines = [line + "\n" for line in diff.split("\n") if line[:1] in ("+", "-", " ")]
    return [
        line
        for at, line in enumerate(lines)
        if line[0] != " " or any(near[0] != " " for near in lines[max(0, at - 1) : at + 2])
    ]
