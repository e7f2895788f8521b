"""Loops in predicted text: what a small model writes when it cannot stop.

Two shapes: a block of lines that stands many times in a row, and one line whose end repeats a few
characters over and over. Both count only as far as the model wrote them: text that already stood in
the region, or directly above it, may repeat as it likes.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import eq

TAIL_REPEATS = 8
"""How often a line's end must hold the repeated characters: rows of zeros are tables, not loops."""


def repeats_lines(
    above: str, old_text: str, new_text: str, *, count: int, longest_block: int
) -> bool:
    """Whether a block of up to ``longest_block`` lines now stands ``count`` times in a row.

    Blank lines are skipped. The run may begin directly above the region. The prediction itself must
    have added all but one of the copies that make a loop, and as many as stood there before: a
    table of equal rows that grows by a few is none.
    """
    new_lines = _filled(new_text.split("\n"))
    if len(new_lines) - len(set(new_lines)) < count - 2:
        return False
    context = _filled_last_lines(above, count * longest_block)
    lines, old_lines = context + new_lines, context + _filled(old_text.split("\n"))
    for period in range(1, min(longest_block, len(lines) // count) + 1):
        for start, repeats in _runs(lines, period, count):
            old_repeats = _times_in_a_row(old_lines, lines[start : start + period])
            if repeats - old_repeats >= max(count - 1, old_repeats):
                return True
    return False


def repeats_a_tail(old_text: str, new_text: str, *, tail_chars: int) -> bool:
    """Whether a new line ends in ``tail_chars`` characters that one short word makes up.

    The word must hold a letter: rulers, padding and rows of numbers are no loops.
    """
    longest_word = tail_chars // TAIL_REPEATS
    old_lines: set[str] | None = None
    for line in new_text.split("\n"):
        tail = line[-tail_chars:]
        if len(tail) < tail_chars:
            continue
        for period in range(1, longest_word + 1):
            if tail[period:] == tail[:-period]:
                old_lines = set(old_text.split("\n")) if old_lines is None else old_lines
                if line not in old_lines and any(map(str.isalpha, tail[:period])):
                    return True
                break
    return False


def _filled(lines: Iterable[str]) -> list[str]:
    return [stripped for line in lines if (stripped := line.rstrip())]


def _filled_last_lines(text: str, limit: int) -> list[str]:
    return _filled(text.rsplit("\n", limit)[-limit:])


def _runs(lines: Sequence[str], period: int, count: int) -> Iterator[tuple[int, int]]:
    """Start and number of repeats of each stretch where the same block stands ``count`` times."""
    equal_pairs = bytes(map(eq, islice(lines, period, None), lines))
    if bytes([True]) * (period * (count - 1)) not in equal_pairs:
        return
    matched = 0
    for index in range(period, len(lines) + 1):
        if index < len(lines) and equal_pairs[index - period]:
            matched += 1
            continue
        repeats = matched // period + 1
        if repeats >= count:
            yield index - matched - period, repeats
        matched = 0


def _times_in_a_row(lines: Sequence[str], block: Sequence[str]) -> int:
    """The most copies of ``block`` that stand one after the other in ``lines``."""
    size, best, index = len(block), 0, 0
    while index + size <= len(lines):
        repeats = 0
        while list(lines[index : index + size]) == list(block):
            repeats, index = repeats + 1, index + size
        best = max(best, repeats)
        index += 0 if repeats else 1
    return best
