"""``fim-qwen``, ``fim-starcoder``, ``fim-mellum``: what stands around the cursor, to be filled in.

For base models that were trained to fill in the middle of a file. Markers and their order are the
models' own; Qwen's technical report, StarCoder2's and Mellum's model cards describe them.

    <|fim_prefix|>def grand_total(items):
        ret<|fim_suffix|>

    print(grand_total([]))<|fim_middle|>            answer: urn subtotal(items)<|endoftext|>

Mellum reads other files first, each under its name, and what follows the cursor before what
precedes it:

    <filename>item.py
    class Item: …
    <filename>cart.py
    <fim_suffix>…<fim_prefix>…<fim_middle>
"""

from dataclasses import dataclass

from prompt_format.anchored_window import line_around, window_end, window_starts
from prompt_format.budget import TokenBudget
from prompt_format.inputs import PromptInput, TextRange
from prompt_format.outputs import Edit, NoEdit, ParseReason, RenderedPrompt
from prompt_format.related import related_section
from prompt_format.special_tokens import refuse_special_tokens
from prompt_format.text_so_far import added_so_far

PROMPT_TOKENS = 1536
RELATED_TOKENS = 512
SUFFIX_SHARE = 4
"""What follows the cursor gets one part of so many."""

END = "<|endoftext|>"


@dataclass(frozen=True, slots=True)
class FillInMiddle:
    """See the module. ``file_marker`` heads other files, where the model reads any."""

    name: str
    description: str
    prefix: str
    suffix: str
    middle: str
    other_markers: tuple[str, ...]
    file_marker: str = ""
    is_suffix_first: bool = False
    aliases: tuple[str, ...] = ()
    stop: tuple[str, ...] = (END,)

    @property
    def special_tokens(self) -> tuple[str, ...]:
        return (self.prefix, self.suffix, self.middle, *self.other_markers, END)

    def render(self, prompt_input: PromptInput, budget: TokenBudget) -> RenderedPrompt | NoEdit:
        refuse_special_tokens(prompt_input, self.special_tokens)
        limit = budget.limit(PROMPT_TOKENS)
        text, cursor = prompt_input.excerpt_bytes, prompt_input.cursor_offset_in_excerpt
        files = self._files(prompt_input, min(RELATED_TOKENS, limit // 3), budget)
        room = limit - budget.count(files + self.prefix + self.suffix + self.middle)
        end = window_end(prompt_input, room // SUFFIX_SHARE, budget.count)
        after = text[cursor:end].decode()
        for start in window_starts(prompt_input, room - budget.count(after), budget.count):
            prompt = files + self._around(text[start:cursor].decode(), after)
            if budget.count(prompt) <= limit:
                return self._rendered(prompt, prompt_input, start, end)
        return NoEdit(ParseReason.PROMPT_TOO_LONG, f"the nearest line exceeds {limit} tokens")

    def parse(self, output: str, rendered: RenderedPrompt) -> Edit | NoEdit:
        ends = [at for token in self.special_tokens if (at := output.find(token)) >= 0]
        added = output[: min(ends, default=len(output))]
        if not added.strip():
            return NoEdit(ParseReason.EMPTY_OUTPUT, "the model would add nothing")
        before, after = rendered.around_cursor
        return Edit(rendered.editable_range, before + added + after, len((before + added).encode()))

    def text_so_far(self, output: str, rendered: RenderedPrompt) -> str | None:
        return added_so_far(output, rendered, self.special_tokens)

    def expected_output(self, rendered: RenderedPrompt, edit: Edit) -> str:
        before, after = rendered.around_cursor
        new_text = edit.new_text.encode()
        return new_text[len(before.encode()) : len(new_text) - len(after.encode())].decode() + END

    def _files(self, prompt_input: PromptInput, max_tokens: int, budget: TokenBudget) -> str:
        if not self.file_marker:
            return ""
        related = related_section(
            prompt_input.related_files or (),
            self.file_marker,
            max_tokens,
            budget.count,
            self.special_tokens,
        )
        return f"{related}{self.file_marker}{prompt_input.cursor_path}\n"

    def _around(self, before: str, after: str) -> str:
        if self.is_suffix_first:
            return f"{self.suffix}{after}{self.prefix}{before}{self.middle}"
        return f"{self.prefix}{before}{self.suffix}{after}{self.middle}"

    def _rendered(
        self, prompt: str, prompt_input: PromptInput, start: int, end: int
    ) -> RenderedPrompt:
        text, cursor = prompt_input.excerpt_bytes, prompt_input.cursor_offset_in_excerpt
        line = line_around(text, cursor)
        return RenderedPrompt(
            text=prompt,
            context_range=TextRange(start=min(start, line.start), end=max(end, line.end)),
            editable_range=line,
            cursor_offset=cursor,
            region=text[line.start : line.end].decode(),
            reference="",
            stop=self.stop,
            special_tokens=self.special_tokens,
        )


QWEN = FillInMiddle(
    name="fim-qwen",
    description="fills in at the cursor, for Qwen2.5-Coder and models made from it",
    prefix="<|fim_prefix|>",
    suffix="<|fim_suffix|>",
    middle="<|fim_middle|>",
    other_markers=("<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<|im_start|>", "<|im_end|>"),
)
STARCODER = FillInMiddle(
    name="fim-starcoder",
    description="fills in at the cursor, for StarCoder2 and other models with its tokens",
    prefix="<fim_prefix>",
    suffix="<fim_suffix>",
    middle="<fim_middle>",
    other_markers=("<fim_pad>", "<repo_name>", "<file_sep>"),
)
MELLUM = FillInMiddle(
    name="fim-mellum",
    description="fills in at the cursor after reading other files, for JetBrains' Mellum",
    prefix="<fim_prefix>",
    suffix="<fim_suffix>",
    middle="<fim_middle>",
    other_markers=("<fim_pad>", "<filename>", "<reponame>"),
    file_marker="<filename>",
    is_suffix_first=True,
)
