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
from typing import ClassVar

from prompt_format.budget import TokenBudget
from prompt_format.formats import seed_coder
from prompt_format.inputs import PromptInput
from prompt_format.lines import with_newline
from prompt_format.markers import (
    MARKER_PREFIX,
    block_boundaries,
    marker_tag,
    read_marked_span,
)
from prompt_format.outputs import Edit, NoEdit, RenderedPrompt
from prompt_format.regions import editable_and_context
from prompt_format.special_tokens import refuse_special_tokens
from prompt_format.text_edits import TextEdit, diff_edits


@dataclass(frozen=True, slots=True)
class V0318SeedMultiRegions:
    """See the module."""

    prompt_tokens: ClassVar[int] = seed_coder.PROMPT_TOKENS

    name: str = "V0318SeedMultiRegions"
    aliases: tuple[str, ...] = ("Zeta2.1",)
    description: str = "Zeta2.1: rewrites the marked blocks that change, and no others"
    stop: tuple[str, ...] = (seed_coder.END_OF_SENTENCE,)
    special_tokens: tuple[str, ...] = (
        *seed_coder.SPECIAL_TOKENS,
        seed_coder.END_OF_SENTENCE,
        MARKER_PREFIX,
    )

    def render(self, prompt_input: PromptInput, budget: TokenBudget) -> RenderedPrompt | NoEdit:
        refuse_special_tokens(prompt_input, self.special_tokens)
        editable, context = editable_and_context(
            prompt_input, seed_coder.EDITABLE_TOKENS, seed_coder.CONTEXT_TOKENS
        )
        around = seed_coder.surroundings(prompt_input, editable, context)
        cursor_section = with_newline(
            f"{seed_coder.FILE_MARKER}{prompt_input.cursor_path}\n{around.before}"
            + _marked(around.region, around.cursor)
        )
        prompt = seed_coder.assemble(
            prompt_input,
            context,
            around.after,
            cursor_section,
            budget,
            special_tokens=self.special_tokens,
            format_limit=self.prompt_tokens,
            extra=lambda left, budget: self.extra_section(prompt_input, left, budget),
        )
        if isinstance(prompt, NoEdit):
            return prompt
        return RenderedPrompt(
            text=prompt,
            context_range=context,
            editable_range=editable,
            cursor_offset=prompt_input.cursor_offset_in_excerpt,
            region=around.region,
            reference=_marked(around.region, None) + seed_coder.END_OF_SENTENCE,
            stop=self.stop,
            special_tokens=self.special_tokens,
        )

    def extra_section(self, prompt_input: PromptInput, max_tokens: int, budget: TokenBudget) -> str:
        """A section before the related files; this format has none."""
        return ""

    def parse(self, output: str, rendered: RenderedPrompt) -> Edit | NoEdit:
        boundaries = block_boundaries(rendered.region)
        output = output.removesuffix(seed_coder.END_OF_SENTENCE)
        span = read_marked_span(output, len(boundaries))
        if isinstance(span, NoEdit):
            return span
        if span.first == span.last:
            return Edit(rendered.editable_range, rendered.region)
        region = rendered.region.encode()
        before = region[: boundaries[span.first - 1]].decode()
        after = region[boundaries[span.last - 1] :].decode()
        return seed_coder.edit_of(before + span.text + after, rendered.editable_range)

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
            return marker_tag(nearest + 1) * 2 + seed_coder.END_OF_SENTENCE
        first = max(n for n, at in enumerate(boundaries[:-1]) if at <= changes[0].start)
        last = min(n for n, at in enumerate(boundaries) if n > first and at >= changes[-1].end)
        places = [_moved(boundaries[number], changes) for number in range(first, last)]
        behind = len(old.encode()) - boundaries[last]
        places.append(len(new.encode()) - behind)  # with what is inserted there
        return _tagged(new, places, first + 1, edit.cursor_offset) + seed_coder.END_OF_SENTENCE


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
            block = seed_coder.insert_cursor(block, cursor - start)
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
