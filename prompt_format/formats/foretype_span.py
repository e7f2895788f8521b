"""``foretype-span``: goes on from the cursor, or replaces a few lines close by, or stays silent.

The prompt ends at the cursor, so that the most frequent answer, the rest of what is being typed, is
what a language model writes anyway. It replaces the rest of the cursor's line:

    …<jupyter_code>def grand_total(items):
        ret                       answer:  urn subtotal(items)<|endoftext|>

An edit elsewhere in the region names the lines that it replaces, whole, then the new ones; of equal
places the one nearest to the cursor is meant. Silence is a single token:

    <issue_start>    total = 0\\n<issue_comment>    total = Decimal(0)\\n<|endoftext|>
    <empty_output><|endoftext|>
"""

from dataclasses import dataclass

from prompt_format.formats.foretype import (
    BELOW,
    END,
    NEAR,
    NEW,
    OLD,
    QUIET,
    SPECIAL_TOKENS,
    ForetypeFormat,
    Window,
)
from prompt_format.lines import split_lines, with_newline
from prompt_format.outputs import Edit, NoEdit, ParseReason, RenderedPrompt
from prompt_format.text_so_far import added_so_far


@dataclass(frozen=True, slots=True)
class ForetypeSpan(ForetypeFormat):
    """See the module."""

    name: str = "foretype-span"
    description: str = "Foretype's own: continues at the cursor or replaces lines close by"

    def below(self, text: bytes, cursor: int, window: Window) -> str:
        return BELOW + text[cursor : window.region.end].decode() + "\n"

    def last(self, text: bytes, cursor: int, window: Window) -> str:
        return NEAR + text[window.region.start : cursor].decode()

    def reference(self, region: str) -> str:
        return ""  # an answer begins with what is not there yet

    def parse(self, output: str, rendered: RenderedPrompt) -> Edit | NoEdit:
        output = output.removesuffix(END)
        if output == QUIET:
            return Edit(rendered.editable_range, rendered.region)
        if output.startswith(OLD):
            return _replaced(output.removeprefix(OLD), rendered)
        output = output.removesuffix(QUIET)  # said once more at the end of an edit
        if any(token in output for token in SPECIAL_TOKENS):
            return NoEdit(ParseReason.MARKERS_OUT_OF_ORDER, "a marker stands within the new text")
        before, rest = _around_cursor(rendered)
        if not output:
            return NoEdit(ParseReason.EMPTY_OUTPUT, "the model would add nothing")
        return _edit(rendered, before + output + rest, before + output)

    def text_so_far(self, output: str, rendered: RenderedPrompt) -> str | None:
        return added_so_far(output, rendered, SPECIAL_TOKENS)

    def expected_output(self, rendered: RenderedPrompt, edit: Edit) -> str:
        new = edit.ending_like(rendered.region).new_text
        if new == rendered.region:
            return QUIET + END
        before, rest = _around_cursor(rendered)
        is_added = len(new) > len(before) + len(rest)
        if is_added and new.startswith(before) and new.endswith(rest):
            return new[len(before) : len(new) - len(rest)] + END
        return _replacement(rendered, new) + END


def _around_cursor(rendered: RenderedPrompt) -> tuple[str, str]:
    """The region up to the cursor, and from the end of the cursor's line on."""
    before, after = rendered.around_cursor
    _rest_of_line, newline, below = after.partition("\n")
    return before, newline + below


def _cursor_row(rendered: RenderedPrompt) -> int:
    cursor = rendered.cursor_offset - rendered.editable_range.start
    return rendered.region.encode()[:cursor].count(b"\n")


def _replaced(output: str, rendered: RenderedPrompt) -> Edit | NoEdit:
    old, separator, new = output.partition(NEW)
    if not separator or any(token in old + new for token in SPECIAL_TOKENS):
        return NoEdit(ParseReason.MARKERS_MISSING, "the lines to replace are not marked")
    lines, wanted = split_lines(rendered.region + "\n"), split_lines(with_newline(old))
    at = _find(lines, wanted, _cursor_row(rendered)) if old else None
    if at is None:
        return NoEdit(ParseReason.MARKERS_OUT_OF_RANGE, "the lines to replace are not there")
    put_in = split_lines(with_newline(new)) if new else []
    before = "".join(lines[:at] + put_in)
    whole = before + "".join(lines[at + len(wanted) :])
    return _edit(rendered, whole.removesuffix("\n"), before.removesuffix("\n"))


def _edit(rendered: RenderedPrompt, new_text: str, up_to_cursor: str) -> Edit:
    """The edit in the form that ``Edit.ending_like`` leaves alone or brings back to this one."""
    ending = "" if rendered.region.endswith("\n") else "\n"
    return Edit(rendered.editable_range, new_text + ending, len(up_to_cursor.encode()))


def _replacement(rendered: RenderedPrompt, new_text: str) -> str:
    """The fewest whole lines that hold the change, and more until they name one place."""
    old, new = split_lines(rendered.region + "\n"), split_lines(new_text + "\n" if new_text else "")
    shorter = min(len(old), len(new))
    first = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    shorter -= first
    behind = next((n for n in range(shorter) if old[-1 - n] != new[-1 - n]), shorter)
    row = _cursor_row(rendered)
    while first + behind == len(old) or _find(old, old[first : len(old) - behind], row) != first:
        if first > 0:
            first -= 1
        else:
            behind -= 1
    old_block, new_block = old[first : len(old) - behind], new[first : len(new) - behind]
    return OLD + "".join(old_block) + NEW + "".join(new_block)


def _find(lines: list[str], wanted: list[str], row: int) -> int | None:
    """Where ``wanted`` stands in ``lines``, nearest to ``row``."""
    places = [
        at for at in range(len(lines) - len(wanted) + 1) if lines[at : at + len(wanted)] == wanted
    ]
    return min(places, key=lambda at: abs(at - row), default=None)
