"""Where a place of a file lies in another state of it, whose excerpt may begin at another row."""

from prompt_format import PromptInput


def place_of(state: PromptInput, offset: int) -> tuple[int, int]:
    """Row of the file, and column in bytes, of a byte of the excerpt."""
    before = state.excerpt_bytes[:offset]
    row = (state.excerpt_start_row or 0) + before.count(b"\n")
    return row, len(before) - (before.rfind(b"\n") + 1)


def same_place(then: PromptInput, offset: int, now: PromptInput) -> int | None:
    """The offset in ``now`` with the same row and column of the same file.

    None if it is not there, or what stands before it has changed.
    """
    if then.cursor_path != now.cursor_path:
        return None
    before = then.excerpt_bytes[:offset]
    row, column = place_of(then, offset)
    text = now.excerpt_bytes
    line_start = _line_start(text, row - (now.excerpt_start_row or 0))
    if line_start is None:
        return None
    start = line_start + column
    num_shown = min(start, len(before))
    is_same = text[start - num_shown : start] == before[len(before) - num_shown :]
    return start if start <= len(text) and is_same else None


def typed_since(then: PromptInput, now: PromptInput) -> str | None:
    """What stands between the cursor of ``then`` and that of ``now``; None if it goes back.

    What stands behind the cursor is not compared.
    """
    start = same_place(then, then.cursor_offset_in_excerpt, now)
    end = now.cursor_offset_in_excerpt
    if start is None or end < start:
        return None
    return now.excerpt_bytes[start:end].decode()


def _line_start(text: bytes, row: int) -> int | None:
    """Where a row of ``text`` starts; None if it has no such row."""
    start = 0 if row >= 0 else None
    while start is not None and row > 0:
        newline = text.find(b"\n", start)
        start = newline + 1 if newline >= 0 else None
        row -= 1
    return start
