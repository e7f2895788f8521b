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

from prompt_format.budget import TokenBudget
from prompt_format.formats import seed_coder
from prompt_format.inputs import PromptInput
from prompt_format.lines import with_newline
from prompt_format.outputs import Edit, NoEdit, RenderedPrompt
from prompt_format.regions import editable_and_context
from prompt_format.special_tokens import refuse_special_tokens

CURRENT_MARKER = "<<<<<<< CURRENT\n"
SEPARATOR = "=======\n"
END_MARKER = ">>>>>>> UPDATED\n"


@dataclass(frozen=True, slots=True)
class V0211SeedCoder:
    """See the module."""

    name: str = "V0211SeedCoder"
    aliases: tuple[str, ...] = ("Zeta2",)
    description: str = "Zeta2: rewrites the whole region between merge markers"
    stop: tuple[str, ...] = (END_MARKER.rstrip(),)
    special_tokens: tuple[str, ...] = (
        *seed_coder.SPECIAL_TOKENS,
        CURRENT_MARKER,
        SEPARATOR,
        END_MARKER,
    )

    def render(self, prompt_input: PromptInput, budget: TokenBudget) -> RenderedPrompt | NoEdit:
        refuse_special_tokens(prompt_input, self.special_tokens)
        editable, context = editable_and_context(
            prompt_input, seed_coder.EDITABLE_TOKENS, seed_coder.CONTEXT_TOKENS
        )
        around = seed_coder.surroundings(prompt_input, editable, context)
        cursor_section = (
            f"{seed_coder.FILE_MARKER}{prompt_input.cursor_path}\n{around.before}{CURRENT_MARKER}"
            + with_newline(around.region_with_cursor())
            + SEPARATOR
        )
        prompt = seed_coder.assemble(
            prompt_input,
            context,
            around.after,
            cursor_section,
            budget,
            special_tokens=self.special_tokens,
        )
        if isinstance(prompt, NoEdit):
            return prompt
        return RenderedPrompt(
            text=prompt,
            context_range=context,
            editable_range=editable,
            cursor_offset=prompt_input.cursor_offset_in_excerpt,
            region=around.region,
            reference=with_newline(around.region) + END_MARKER,
            stop=self.stop,
            special_tokens=self.special_tokens,
        )

    def parse(self, output: str, rendered: RenderedPrompt) -> Edit | NoEdit:
        return seed_coder.edit_of(output.removesuffix(END_MARKER), rendered.editable_range)

    def expected_output(self, rendered: RenderedPrompt, edit: Edit) -> str:
        text = with_newline(edit.new_text)
        if edit.cursor_offset is not None:
            text = seed_coder.insert_cursor(text, edit.cursor_offset)
        return text + END_MARKER
