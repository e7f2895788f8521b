"""``V0211SeedCoder`` (Zeta2): the model rewrites the whole editable region.

Prompt: the sections of ``seed_coder``, of which the last is

    <filename>shop/cart.py
    def subtotal(items):
        …

    <<<<<<< CURRENT
    def grand_total(items):
        ret<|user_cursor|>
    =======
    <[fim-middle]>

Expected output; without an edit it repeats the region:

    def grand_total(items):
        return subtotal(items)<|user_cursor|>
    >>>>>>> UPDATED
"""

from dataclasses import dataclass

from prompt_format.cursor_region import CURSOR_MARKER, Surroundings, edit_of, insert_cursor
from prompt_format.formats.seed_coder import SPECIAL_TOKENS, SeedCoderFormat
from prompt_format.lines import with_newline
from prompt_format.outputs import Edit, NoEdit, RenderedPrompt
from prompt_format.text_so_far import without_markers

CURRENT_MARKER = "<<<<<<< CURRENT\n"
SEPARATOR = "=======\n"
END_MARKER = ">>>>>>> UPDATED\n"


@dataclass(frozen=True, slots=True)
class V0211SeedCoder(SeedCoderFormat):
    """See the module."""

    name: str = "V0211SeedCoder"
    aliases: tuple[str, ...] = ("Zeta2",)
    description: str = "Zeta2: rewrites the whole region between merge markers"
    stop: tuple[str, ...] = (END_MARKER.rstrip(),)
    special_tokens: tuple[str, ...] = (
        *SPECIAL_TOKENS,
        CURRENT_MARKER,
        SEPARATOR,
        END_MARKER,
    )

    def region_section(self, around: Surroundings) -> str:
        return CURRENT_MARKER + with_newline(around.region_with_cursor()) + SEPARATOR

    def reference(self, around: Surroundings) -> str:
        return with_newline(around.region) + END_MARKER

    def parse(self, output: str, rendered: RenderedPrompt) -> Edit | NoEdit:
        return edit_of(output.removesuffix(END_MARKER), rendered.editable_range)

    def text_so_far(self, output: str, _rendered: RenderedPrompt) -> str | None:
        return without_markers(output, (CURSOR_MARKER, END_MARKER))

    def expected_output(self, rendered: RenderedPrompt, edit: Edit) -> str:
        text = with_newline(edit.new_text)
        if edit.cursor_offset is not None:
            text = insert_cursor(text, edit.cursor_offset)
        return text + END_MARKER
