"""Windows of a file around the cursor that begin and end at rows that do not move with it.

The prompts of successive keystrokes then begin with the same tokens, which an engine need not read
again.
"""

from collections.abc import Iterator

from prompt_format.budget import TokenCounter
from prompt_format.inputs import PromptInput, TextRange
from prompt_format.lines import LineIndex

ANCHOR_ROWS = (32, 8, 1)
"""Windows start at a multiple of the first of these many rows that lets half as many fit."""

END_ROWS = 8
"""Windows behind the cursor end at a multiple of so many rows."""

MAX_BYTES_PER_TOKEN = 8
"""Rarely more: what is longer than the budget by this measure need not be counted."""


def line_around(text: bytes, cursor: int) -> TextRange:
    """The row that ``cursor`` lies on, without its newline, in bytes."""
    end = text.find(b"\n", cursor)
    return TextRange(start=text.rfind(b"\n", 0, cursor) + 1, end=len(text) if end < 0 else end)


def window_starts(prompt_input: PromptInput, limit: int, count: TokenCounter) -> Iterator[int]:
    """Bytes where windows of about ``limit`` tokens at most may start, the best anchored first."""
    text, cursor = prompt_input.excerpt_bytes, prompt_input.cursor_offset_in_excerpt
    reach = max(0, cursor - MAX_BYTES_PER_TOKEN * limit)
    near = text.rfind(b"\n", 0, reach) + 1  # a window from a row before it would not fit
    first_row = (prompt_input.excerpt_start_row or 0) + text.count(b"\n", 0, near)
    for offset in _starts(text[near:cursor], first_row, limit, count):
        yield near + offset


def window_end(prompt_input: PromptInput, limit: int, count: TokenCounter) -> int:
    """The byte where a window of at most ``limit`` tokens from the cursor on ends.

    At an anchored row if one is near enough, else the end of the cursor's row, else the cursor.
    """
    text, cursor = prompt_input.excerpt_bytes, prompt_input.cursor_offset_in_excerpt
    end = line_around(text, cursor).end
    left = _left(limit, text[cursor:end], count)
    if left < 0:
        return cursor
    row = (prompt_input.excerpt_start_row or 0) + text.count(b"\n", 0, end)
    while end < len(text):
        num_rows = END_ROWS - 1 - row % END_ROWS or END_ROWS
        stretch_end, row = _rows_further(text, end, num_rows), row + num_rows
        left = _left(left, text[end:stretch_end], count)
        if left < 0:
            break
        end = stretch_end
    return end


def _rows_further(text: bytes, end: int, num_rows: int) -> int:
    """The end of the row that lies so many below the one ending at ``end``, or of the text."""
    for _ in range(num_rows):
        newline = text.find(b"\n", end + 1)
        if newline < 0:
            return len(text)
        end = newline
    return end


def _starts(before: bytes, first_row: int, limit: int, count: TokenCounter) -> Iterator[int]:
    """Whole stretches between anchors are counted: their texts, and so their counts, stay the same
    from keystroke to keystroke.
    """
    starts = LineIndex(before).starts
    last = len(starts) - 1
    for rows in ANCHOR_ROWS:
        fitting: list[int] = []
        end, left = len(before), limit
        for row in range(last - (first_row + last) % rows, -1, -rows):
            left = _left(left, before[starts[row] : end], count)
            if left < 0:
                break
            end = starts[row]
            if last - row >= rows // 2:
                fitting.append(end)
        yield from reversed(fitting)


def _left(limit: int, stretch: bytes, count: TokenCounter) -> int:
    """Tokens that ``stretch`` leaves of ``limit``; negative if it does not fit."""
    if len(stretch) > MAX_BYTES_PER_TOKEN * limit:
        return -1
    return limit - count(stretch.decode())
