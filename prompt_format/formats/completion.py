"""``completion``: the text before the cursor, to be continued up to the end of the line.

For base models that know no edit format. The prompt is a window of the file that ends at the
cursor; the expected output is the rest of the cursor's line.

The window starts at a row that does not move with the cursor: the prompts of successive keystrokes
then begin with the same tokens, which an engine need not read again.
"""

from dataclasses import dataclass

from prompt_format.anchored_window import line_around, window_starts
from prompt_format.budget import TokenBudget
from prompt_format.closers import behind_completion
from prompt_format.inputs import PromptInput, TextRange
from prompt_format.outputs import Edit, NoEdit, ParseReason, RenderedPrompt

PROMPT_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class Completion:
    """See the module."""

    name: str = "completion"
    aliases: tuple[str, ...] = ()
    description: str = "continues the line at the cursor, for base models without an edit format"
    stop: tuple[str, ...] = ("\n",)
    special_tokens: tuple[str, ...] = ()

    def render(self, prompt_input: PromptInput, budget: TokenBudget) -> RenderedPrompt | NoEdit:
        text = prompt_input.excerpt_bytes
        cursor = prompt_input.cursor_offset_in_excerpt
        line = line_around(text, cursor)
        after = text[cursor : line.end].decode()
        if any(character.isalnum() or character == "_" for character in after):
            message = "there is code after the cursor on its line, which this format cannot show"
            return NoEdit(ParseReason.CODE_AFTER_CURSOR, message)
        if not text[:cursor].strip():
            return NoEdit(ParseReason.EMPTY_CONTEXT, "there is no text before the cursor")
        limit = budget.limit(PROMPT_TOKENS)
        for start in window_starts(prompt_input, limit, budget.count):
            window = text[start:cursor].decode()
            if window.strip() and budget.count(window) <= limit:
                return RenderedPrompt(
                    text=window,
                    context_range=TextRange(start=start, end=line.end),
                    editable_range=line,
                    cursor_offset=cursor,
                    region=text[line.start : line.end].decode(),
                    reference="",
                    continues_text=True,
                    stop=self.stop,
                    special_tokens=self.special_tokens,
                )
        return NoEdit(ParseReason.PROMPT_TOO_LONG, f"the nearest line exceeds {limit} tokens")

    def parse(self, output: str, rendered: RenderedPrompt) -> Edit | NoEdit:
        added = output.partition("\n")[0].rstrip()
        if not added:
            return NoEdit(ParseReason.EMPTY_OUTPUT, "the model would add nothing to the line")
        before, after = rendered.around_cursor
        still_after = behind_completion(added, after)
        if still_after is None:
            message = "the model would open a bracket that the rest of the line does not close"
            return NoEdit(ParseReason.UNCLOSED_BRACKET, message)
        new_text = before + added + still_after
        return Edit(rendered.editable_range, new_text, len((before + added).encode()))

    def text_so_far(self, output: str, rendered: RenderedPrompt) -> str | None:
        return rendered.around_cursor[0] + output

    def expected_output(self, rendered: RenderedPrompt, edit: Edit) -> str:
        cursor = rendered.cursor_offset - rendered.editable_range.start
        end = None if edit.cursor_offset is None else edit.cursor_offset
        return edit.new_text.encode()[cursor:end].decode() + "\n"
