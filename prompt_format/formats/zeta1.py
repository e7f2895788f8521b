"""``zeta1``: the first Zeta's instruction prompt; the model rewrites the region between two tags.

    ### Instruction:
    You are a code completion assistant and …

    ### User Edits:

    User edited shop/cart.py:
    ```diff
    @@ -1,1 +1,1 @@
    …
    ```

    ### User Excerpt:

    ```shop/cart.py
    <|start_of_file|>
    text before the editable region
    <|editable_region_start|>
    def grand_total(items):
        ret<|user_cursor_is_here|>
    <|editable_region_end|>
    text after it
    ```

    ### Response:

Expected output:

    <|editable_region_start|>
    def grand_total(items):
        return subtotal(items)<|user_cursor_is_here|>
    <|editable_region_end|>
"""

from dataclasses import dataclass

from prompt_format.budget import TokenBudget
from prompt_format.cursor_region import surroundings
from prompt_format.events import MAX_EVENTS
from prompt_format.inputs import EditEvent, PromptInput
from prompt_format.outputs import Edit, NoEdit, ParseReason, RenderedPrompt
from prompt_format.regions import editable_and_context
from prompt_format.special_tokens import contains_special_token, refuse_special_tokens
from prompt_format.text_so_far import without_markers

REGION_START = "<|editable_region_start|>"
REGION_END = "<|editable_region_end|>"
START_OF_FILE = "<|start_of_file|>"
CURSOR_MARKER = "<|user_cursor_is_here|>"

INSTRUCTION = (
    "You are a code completion assistant and your task is to analyze user edits and then rewrite"
    " an excerpt that the user provides, suggesting the appropriate edits within the excerpt,"
    " taking into account the cursor location."
)


@dataclass(frozen=True, slots=True)
class Zeta1:
    """See the module."""

    name: str = "zeta1"
    aliases: tuple[str, ...] = ("zeta",)
    description: str = "the first Zeta: an instruction, then the region between two tags"
    stop: tuple[str, ...] = ("\n" + REGION_END,)
    special_tokens: tuple[str, ...] = (REGION_START, REGION_END, START_OF_FILE, CURSOR_MARKER)

    def render(self, prompt_input: PromptInput, budget: TokenBudget) -> RenderedPrompt | NoEdit:
        refuse_special_tokens(prompt_input, self.special_tokens)
        editable, context = editable_and_context(prompt_input, 350, 150)
        around = surroundings(prompt_input, editable, context)
        region = around.region.encode()
        before_cursor = region[: around.cursor].decode()
        after_cursor = region[around.cursor :].decode()
        starts_file = context.start == 0 and not prompt_input.excerpt_start_row
        excerpt = (
            f"```{prompt_input.cursor_path}\n"
            + (f"{START_OF_FILE}\n" if starts_file else "")
            + f"{around.before}{REGION_START}\n{before_cursor}{CURSOR_MARKER}{after_cursor}"
            + f"\n{REGION_END}{around.after}\n```"
        )
        prompt = self._fitting(prompt_input, excerpt, budget)
        if isinstance(prompt, NoEdit):
            return prompt
        return RenderedPrompt(
            text=prompt,
            context_range=context,
            editable_range=editable,
            cursor_offset=prompt_input.cursor_offset_in_excerpt,
            region=around.region,
            reference=f"{REGION_START}\n{around.region}\n{REGION_END}",
            stop=self.stop,
            special_tokens=self.special_tokens,
        )

    def _fitting(
        self, prompt_input: PromptInput, excerpt: str, budget: TokenBudget
    ) -> str | NoEdit:
        """The prompt with as many of the newest events as the engine's limit, if any, allows."""
        texts = [_event(event) for event in prompt_input.events[-MAX_EVENTS:]]
        texts = [text for text in texts if not contains_special_token(text, self.special_tokens)]
        for oldest in range(len(texts) + 1):
            prompt = _prompt("\n\n".join(texts[oldest:]), excerpt)
            if budget.max_prompt_tokens is None or budget.count(prompt) <= budget.max_prompt_tokens:
                return prompt
        limit = budget.max_prompt_tokens
        return NoEdit(ParseReason.PROMPT_TOO_LONG, f"the prompt exceeds {limit} tokens")

    def parse(self, output: str, rendered: RenderedPrompt) -> Edit | NoEdit:
        _before, start, after_start = output.partition(REGION_START)
        text = after_start.removeprefix("\n") if start else output
        before_end, end, _after = text.partition(REGION_END)
        text = before_end.removesuffix("\n") if end else text
        before_cursor, marker, _after_cursor = text.partition(CURSOR_MARKER)
        cursor = len(before_cursor.encode()) if marker else None
        return Edit(rendered.editable_range, text.replace(CURSOR_MARKER, ""), cursor)

    def text_so_far(self, output: str, _rendered: RenderedPrompt) -> str | None:
        markers = (f"{REGION_START}\n", CURSOR_MARKER, f"\n{REGION_END}")
        return without_markers(output, markers)

    def expected_output(self, rendered: RenderedPrompt, edit: Edit) -> str:
        text = edit.new_text
        if edit.cursor_offset is not None:
            encoded = text.encode()
            before, after = encoded[: edit.cursor_offset], encoded[edit.cursor_offset :]
            text = before.decode() + CURSOR_MARKER + after.decode()
        return f"{REGION_START}\n{text}\n{REGION_END}"


def _prompt(events: str, excerpt: str) -> str:
    return (
        f"### Instruction:\n{INSTRUCTION}\n\n### User Edits:\n\n{events}\n\n"
        f"### User Excerpt:\n\n{excerpt}\n\n### Response:\n"
    )


def _event(event: EditEvent) -> str:
    renamed = ""
    if event.old_path != event.path:
        renamed = f"User renamed {event.old_path} to {event.path}\n\n"
    if not event.diff:
        return renamed
    return f"{renamed}User edited {event.path}:\n```diff\n{event.diff}\n```"
