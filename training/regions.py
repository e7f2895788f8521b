"""Regions of an excerpt as text and as patches, whatever the format that named them.

A region is a range of bytes of ``PromptInput.cursor_excerpt``; it may begin or end within a line.
"""

from prompt_format import Edit, PromptInput, TextRange
from prompt_format.cursor_region import insert_cursor
from prompt_format.udiff import write_udiff


def region_after(prompt_input: PromptInput, region: TextRange, edit: Edit) -> str | None:
    """What ``region`` reads after ``edit``; None if the edit changes anything outside of it.

    The edit may replace more than the region, or another part: only what it changes counts. Where
    that may be read in several ways (a line added among equal ones), one within the region will do.
    """
    text = prompt_input.excerpt_bytes
    start, end, new = _changed(text, edit, region)
    if start == end and not new:
        return text[region.start : region.end].decode()
    if start < region.start or region.end < end:
        return None
    return (text[region.start : start] + new + text[end : region.end]).decode()


def patch_of_region(
    prompt_input: PromptInput, region: TextRange, new_text: str, cursor_offset: int | None = None
) -> str:
    """``region`` replaced by ``new_text``, as a unified diff with its lines as context.

    ``cursor_offset``, the predicted cursor, is in bytes of ``new_text``. Equal texts give a patch
    without a hunk.
    """
    text = prompt_input.excerpt_bytes
    old = text[region.start : region.end].decode()
    if new_text != old and cursor_offset is not None:
        new_text = insert_cursor(new_text, cursor_offset)
    first = text.rfind(b"\n", 0, region.start) + 1
    before = text[first : region.start].decode()
    last = _end_of_lines(text, first, region.end, before + new_text)
    if first == last:  # a hunk needs a line to hold on to
        first = text.rfind(b"\n", 0, max(0, first - 1)) + 1
        before = text[first : region.start].decode()
    after = text[region.end : last].decode()
    row = (prompt_input.excerpt_start_row or 0) + text[:first].count(b"\n")
    whole = before + old + after
    return write_udiff(prompt_input.cursor_path, whole, before + new_text + after, row)


def _end_of_lines(text: bytes, first: int, end: int, new_lines: str) -> int:
    """Where the lines end that a region from ``first`` to ``end`` changes to ``new_lines``."""
    has_whole_lines = first < end and text[end - 1 : end] == b"\n"
    if has_whole_lines and (not new_lines or new_lines.endswith("\n")):
        return end
    newline = text.find(b"\n", end)
    return len(text) if newline < 0 else newline + 1


def _changed(text: bytes, edit: Edit, region: TextRange) -> tuple[int, int, bytes]:
    """The edit without what both its sides begin and end with: bytes ``start`` to ``end``.

    Something added to, or taken from, equal text may stand in several places: then it is the one
    nearest to the start of ``region``.
    """
    first = edit.editable_range.start
    old, new = text[first : edit.editable_range.end], edit.new_text.encode()
    prefix, suffix = _common_start(old, new), _common_start(old[::-1], new[::-1])
    shorter = min(len(old), len(new))
    if prefix + suffix > shorter:
        prefix = min(max(shorter - suffix, region.start - first), prefix)
        suffix = shorter - prefix
    return first + prefix, first + len(old) - suffix, new[prefix : len(new) - suffix]


def _common_start(left: bytes, right: bytes) -> int:
    """How many bytes both begin with."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
