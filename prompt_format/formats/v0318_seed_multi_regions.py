"""``V0318SeedMultiRegions`` (Zeta2.1): the model rewrites only the marked blocks that change.

Prompt: the sections of ``seed_coder``, of which the last is

    <filename>shop/cart.py
    def subtotal(items):
        …

    <|marker_1|>def grand_total(items):
        ret<|user_cursor|>
    <|marker_2|>
    <[fim-middle]>

Expected output: the fewest blocks that hold the change, with every tag from the first to the last;
without an edit, one tag twice: ``<|marker_1|><|marker_1|><[end▁of▁sentence]>``.

    <|marker_1|>def grand_total(items):
        return subtotal(items)<|user_cursor|>
    <|marker_2|><[end▁of▁sentence]>
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from prompt_format.cursor_region import CURSOR_MARKER, Surroundings, edit_of, insert_cursor
from prompt_format.formats.seed_coder import END_OF_SENTENCE, SPECIAL_TOKENS, SeedCoderFormat
from prompt_format.lines import with_newline
from prompt_format.markers import (
    MARKER_PREFIX,
    block_boundaries,
    marker_tag,
    read_begun_span,
    read_marked_span,
)
from prompt_format.outputs import Edit, NoEdit, RenderedPrompt
from prompt_format.text_edits import TextEdit, diff_edits
from prompt_format.text_so_far import without_markers


@dataclass(frozen=True, slots=True)
class V0318SeedMultiRegions(SeedCoderFormat):
    """See the module."""

    name: str = "V0318SeedMultiRegions"
    aliases: tuple[str, ...] = ("Zeta2.1",)
    description: str = "Zeta2.1: rewrites the marked blocks that change, and no others"
    stop: tuple[str, ...] = (END_OF_SENTENCE,)
    special_tokens: tuple[str, ...] = (
        *SPECIAL_TOKENS,
        END_OF_SENTENCE,
        MARKER_PREFIX,
    )

    def region_section(self, around: Surroundings) -> str:
        return with_newline(_marked(around.region, around.cursor))

    def reference(self, around: Surroundings) -> str:
        return _marked(around.region, None) + END_OF_SENTENCE

    def parse(self, output: str, rendered: RenderedPrompt) -> Edit | NoEdit:
        boundaries = block_boundaries(rendered.region)
        output = output.removesuffix(END_OF_SENTENCE)
        span = read_marked_span(output, len(boundaries))
        if isinstance(span, NoEdit):
            return span
        if span.first == span.last:
            return Edit(rendered.editable_range, rendered.region)
        region = rendered.region.encode()
        before = region[: boundaries[span.first - 1]].decode()
        after = region[boundaries[span.last - 1] :].decode()
        return edit_of(before + span.text + after, rendered.editable_range)

    def text_so_far(self, output: str, rendered: RenderedPrompt) -> str | None:
        boundaries = block_boundaries(rendered.region)
        first, text = read_begun_span(output)
        if not 1 <= first <= len(boundaries):
            return None if first else ""
        before = rendered.region.encode()[: boundaries[first - 1]].decode()
        return before + without_markers(text, (MARKER_PREFIX, CURSOR_MARKER, END_OF_SENTENCE))

    def expected_output(self, rendered: RenderedPrompt, edit: Edit) -> str:
        old, new = with_newline(rendered.region), with_newline(edit.new_text)
        boundaries = list(block_boundaries(rendered.region))
        boundaries[-1] = len(old.encode())
        changes = diff_edits(old, new)
        if not changes:
            cursor = rendered.cursor_offset - rendered.editable_range.start
            nearest = min(
                range(len(boundaries)), key=lambda number: abs(boundaries[number] - cursor)
            )
            return marker_tag(nearest + 1) * 2 + END_OF_SENTENCE
        first = max(n for n, at in enumerate(boundaries[:-1]) if at <= changes[0].start)
        last = min(n for n, at in enumerate(boundaries) if n > first and at >= changes[-1].end)
        places = [_moved(boundaries[number], changes) for number in range(first, last)]
        behind = len(old.encode()) - boundaries[last]
        places.append(len(new.encode()) - behind)  # with what is inserted there
        return _tagged(new, places, first + 1, edit.cursor_offset) + END_OF_SENTENCE


def _marked(region: str, cursor: int | None) -> str:
    """The region with every tag, and with the cursor marker where ``cursor`` is given."""
    return _tagged(region, block_boundaries(region), 1, cursor)


def _tagged(text: str, places: Sequence[int], first: int, cursor: int | None) -> str:
    """``text`` from the first place to the last, a tag at each, numbered from ``first``.

    The cursor marker goes into the first block that reaches up to it.
    """
    encoded = text.encode()
    pieces = []
    for number, (start, end) in enumerate(pairwise(places), first):
        block = encoded[start:end].decode()
        if cursor is not None and start <= cursor <= end:
            block = insert_cursor(block, cursor - start)
            cursor = None
        pieces += [marker_tag(number), block]
    return "".join([*pieces, marker_tag(first + len(places) - 1)])


def _moved(offset: int, changes: tuple[TextEdit, ...]) -> int:
    """Where ``offset`` of the old text lies in the new; from within a change, at its end."""
    moved = offset
    for change in changes:
        if change.start >= offset:
            break
        moved += len(change.new_text.encode()) - len(change.old_text.encode())
        if offset < change.end:
            moved += change.end - offset
    return moved
