"""From a moment to an example: the excerpt, the cursor, the history and the expected patch."""

from collections.abc import Sequence
from dataclasses import dataclass

from prompt_format import EditEvent, PromptInput, cursor_excerpt_range
from training.examples import Example, ExampleSpec
from training.history.diffs import diff_states
from training.history.events import history
from training.history.moments import Moment
from training.history.script import Script

CURSOR_MARKER = "<|user_cursor|>"
SPEC_ROWS_ABOVE, SPEC_ROWS_BELOW = 8, 8


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a script comes from."""

    repository_url: str
    revision: str
    license: str
    language: str


def render_example(
    script: Script,
    moment: Moment,
    earlier: Sequence[EditEvent],
    origin: Origin,
    name: str,
    excerpt_tokens: int,
) -> Example:
    """The example of a moment; ``earlier`` are the events in other files before it."""
    lines = script.lines(moment.turn, moment.partial)
    row = next(at for at, (slot, _line) in enumerate(lines) if slot == moment.slot)
    text = "".join(f"{line}\n" for _slot, line in lines)
    before = "".join(f"{line}\n" for _slot, line in lines[:row]) + lines[row][1][: moment.column]
    cursor = len(before.encode())
    window = cursor_excerpt_range(text.encode(), cursor, excerpt_tokens)
    excerpt = text.encode()[window.start : window.end].decode()
    events = (*earlier, *history(script, moment))
    prompt_inputs = PromptInput(
        cursor_path=script.path,
        cursor_excerpt=excerpt,
        cursor_offset_in_excerpt=cursor - window.start,
        excerpt_start_row=text.encode()[: window.start].count(b"\n"),
        events=events,
        in_open_source_repo=True,
    )
    spec = ExampleSpec(
        name=name,
        repository_url=origin.repository_url,
        revision=f"{origin.revision}~1",
        tags=(f"kind:{moment.kind}",),
        cursor_path=script.path,
        cursor_position=_cursor_position([line for _slot, line in lines], row, moment.column),
        edit_history="".join(
            f"--- a/{event.path}\n+++ b/{event.path}\n{event.diff}" for event in events
        ),
        expected_patches=(_expected_patch(script, moment),),
    )
    return Example(
        spec=spec, prompt_inputs=prompt_inputs, license=origin.license, language=origin.language
    )


def _cursor_position(lines: Sequence[str], row: int, column: int) -> str:
    marked = lines[row][:column] + CURSOR_MARKER + lines[row][column:]
    above = lines[max(0, row - SPEC_ROWS_ABOVE) : row]
    return "".join(
        f"{line}\n" for line in (*above, marked, *lines[row + 1 : row + 1 + SPEC_ROWS_BELOW])
    )


def _expected_patch(script: Script, moment: Moment) -> str:
    """The cursor is expected at the end of the last line that is added."""
    diff = diff_states(script, moment.turn, moment.target, partial_before=moment.partial)
    header = f"--- a/{script.path}\n+++ b/{script.path}\n"
    if moment.kind == "no_edit" or not diff:
        return header
    lines = diff.split("\n")
    added = [at for at, line in enumerate(lines) if line.startswith("+")]
    if added:
        lines[added[-1]] += CURSOR_MARKER
    return header + "\n".join(lines)
