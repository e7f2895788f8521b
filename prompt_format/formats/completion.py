"""``completion``: the text before the cursor, to be continued up to the end of the line.

For base models that know no edit format. The prompt is a window of the file that ends at the
cursor; the expected output is the rest of the cursor's line.

The window starts at a row that does not move with the cursor: the prompts of successive keystrokes
then begin with the same tokens, which an engine need not read again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from prompt_format.budget import TokenBudget, TokenCounter
from prompt_format.closers import behind_completion
from prompt_format.inputs import PromptInput, TextRange
from prompt_format.lines import LineIndex
from prompt_format.outputs import Edit, NoEdit, ParseReason, RenderedPrompt

PROMPT_TOKENS = 1024
ANCHOR_ROWS = (32, 8, 1)
"""Windows start at a multiple of the first of these many rows that lets half as many fit."""

_MAX_BYTES_PER_TOKEN = 8
"""Rarely more: what is longer than the budget by this measure need not be counted."""


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
        line = _line_around(text, cursor)
        after = text[cursor : line.end].decode()
        if any(character.isalnum() or character == "_" for character in after):
            message = "there is code after the cursor on its line, which this format cannot show"
            return NoEdit(ParseReason.CODE_AFTER_CURSOR, message)
        if not text[:cursor].strip():
            return NoEdit(ParseReason.EMPTY_CONTEXT, "there is no text before the cursor")
        limit = budget.limit(PROMPT_TOKENS)
        reach = max(0, cursor - _MAX_BYTES_PER_TOKEN * limit)
        near = text.rfind(b"\n", 0, reach) + 1  # a window from a row before it would not fit
        first_row = (prompt_input.excerpt_start_row or 0) + text.count(b"\n", 0, near)
        for offset in _window_starts(text[near:cursor], first_row, limit, budget.count):
            start = near + offset
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
                    answers_at_cursor=True,
                    stop=self.stop,
                    special_tokens=self.special_tokens,
                )
        return NoEdit(ParseReason.PROMPT_TOO_LONG, f"the nearest line exceeds {limit} tokens")

    def parse(self, output: str, rendered: RenderedPrompt) -> Edit | NoEdit:
        added = output.partition("\n")[0].rstrip()
        if not added:
            return NoEdit(ParseReason.EMPTY_OUTPUT, "the model would add nothing to the line")
        region = rendered.region.encode()
        cursor = rendered.cursor_offset - rendered.editable_range.start
        before, after = region[:cursor].decode(), region[cursor:].decode()
        still_after = behind_completion(added, after)
        if still_after is None:
            message = "the model would open a bracket that the rest of the line does not close"
            return NoEdit(ParseReason.UNCLOSED_BRACKET, message)
        new_text = before + added + still_after
        return Edit(rendered.editable_range, new_text, len((before + added).encode()))

    def expected_output(self, rendered: RenderedPrompt, edit: Edit) -> str:
        cursor = rendered.cursor_offset - rendered.editable_range.start
        end = None if edit.cursor_offset is None else edit.cursor_offset
        return edit.new_text.encode()[cursor:end].decode() + "\n"


def _line_around(text: bytes, cursor: int) -> TextRange:
    end = text.find(b"\n", cursor)
    return TextRange(start=text.rfind(b"\n", 0, cursor) + 1, end=len(text) if end < 0 else end)


def _window_starts(before: bytes, first_row: int, limit: int, count: TokenCounter) -> Iterator[int]:
    """Where windows of about ``limit`` tokens at most may start, the best anchored first.

    Whole stretches between anchors are counted: their texts, and so their counts, stay the same
    from keystroke to keystroke.
    """
    starts = LineIndex(before).starts
    last = len(starts) - 1
    for rows in ANCHOR_ROWS:
        fitting: list[int] = []
        end, left = len(before), limit
        for row in range(last - (first_row + last) % rows, -1, -rows):
            stretch = before[starts[row] : end]
            if len(stretch) > _MAX_BYTES_PER_TOKEN * left:
                break
            left -= count(stretch.decode())
            if left < 0:
                break
            end = starts[row]
            if last - row >= rows // 2:
                fitting.append(end)
        yield from reversed(fitting)
