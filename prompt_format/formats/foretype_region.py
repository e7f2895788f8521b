"""``foretype-region``: rewrites the whole region around the cursor, or stays silent.

The counterpart of ``foretype-span`` in the way of V0211: simpler to answer, and many times longer.

    …<jupyter_code>def grand_total(items):
        ret<jupyter_output>
    <file_sep>                    answer:  def grand_total(items):
                                               return subtotal(items)<jupyter_output><|endoftext|>

Without an edit the answer is ``<empty_output><|endoftext|>``.
"""

from dataclasses import dataclass

from prompt_format.formats.foretype import (
    BELOW,
    CURSOR,
    END,
    NEAR,
    QUIET,
    SPECIAL_TOKENS,
    ForetypeFormat,
    Window,
)
from prompt_format.formats.foretype_history import FILE
from prompt_format.outputs import Edit, NoEdit, ParseReason, RenderedPrompt
from prompt_format.text_so_far import without_markers


@dataclass(frozen=True, slots=True)
class ForetypeRegion(ForetypeFormat):
    """See the module."""

    name: str = "foretype-region"
    description: str = "Foretype's own: rewrites the region around the cursor"

    def below(self, text: bytes, cursor: int, window: Window) -> str:
        return BELOW

    def last(self, text: bytes, cursor: int, window: Window) -> str:
        region = window.region
        before, after = text[region.start : cursor].decode(), text[cursor : region.end].decode()
        return f"{NEAR}{before}{CURSOR}{after}\n{FILE}"

    def reference(self, region: str) -> str:
        return region

    def parse(self, output: str, rendered: RenderedPrompt) -> Edit | NoEdit:
        output = output.removesuffix(END)
        if output == QUIET:
            return Edit(rendered.editable_range, rendered.region)
        before, marker, after = output.partition(CURSOR)
        output = before + after
        if any(token in output for token in SPECIAL_TOKENS):
            return NoEdit(ParseReason.MARKERS_OUT_OF_ORDER, "a marker stands within the new text")
        ending = "" if rendered.region.endswith("\n") else "\n"
        cursor = len(before.encode()) if marker else None
        return Edit(rendered.editable_range, output + ending, cursor)

    def text_so_far(self, output: str, _rendered: RenderedPrompt) -> str | None:
        return None if output.startswith(QUIET) else without_markers(output, SPECIAL_TOKENS)

    def expected_output(self, rendered: RenderedPrompt, edit: Edit) -> str:
        edit = edit.ending_like(rendered.region)
        if edit.new_text == rendered.region:
            return QUIET + END
        new = edit.new_text.encode()
        cursor = edit.cursor_offset
        if cursor is None:
            return edit.new_text + END
        return new[:cursor].decode() + CURSOR + new[cursor:].decode() + END
