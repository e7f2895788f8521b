"""Longest common subsequence of two sequences of units, with the tie-breaking that kept rate needs.

Several subsequences can be longest, and which units they leave out decides how many bytes count as
new. The back-trace prefers to step along the side that is being masked, so a library's choice will
not do. One row of the table is one integer (bit j is 0 where the length grows at column j), and
only every k-th row is kept, k the root of the row count: 100 kB of text need seconds at most and
little memory.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from math import isqrt


def common_ends(left: Sequence[str], right: Sequence[str]) -> tuple[int, int]:
    """How many units both begin with, and how many of the rest both end with.

    Searched by halves, so that whole slices are compared and not unit by unit.
    """
    shorter = min(len(left), len(right))
    prefix, limit = 0, shorter
    while prefix < limit:
        middle = (prefix + limit + 1) // 2
        if left[prefix:middle] == right[prefix:middle]:
            prefix = middle
        else:
            limit = middle - 1
    suffix, limit = 0, shorter - prefix
    left_end, right_end = len(left), len(right)
    while suffix < limit:
        middle = (suffix + limit + 1) // 2
        left_part = left[left_end - middle : left_end - suffix]
        if left_part == right[right_end - middle : right_end - suffix]:
            suffix = middle
        else:
            limit = middle - 1
    return prefix, suffix


def common_mask(side: Sequence[str], other: Sequence[str]) -> list[bool]:
    """For each unit of ``side``, whether the longest common subsequence with ``other`` holds it.

    The common prefix and suffix always belong to it.
    """
    prefix, suffix = common_ends(side, other)
    middle = _middle_mask(side[prefix : len(side) - suffix], other[prefix : len(other) - suffix])
    return [True] * prefix + middle + [True] * suffix


def _middle_mask(side: Sequence[str], other: Sequence[str]) -> list[bool]:
    mask = [False] * len(side)
    if not side or not other:
        return mask
    matches: dict[str, int] = {}
    for column, unit in enumerate(side):
        matches[unit] = matches.get(unit, 0) | 1 << column
    stride = isqrt(len(other)) + 1
    checkpoints = list(islice(_rows(side, other, matches), 0, None, stride))

    column, row = len(side) - 1, len(other) - 1
    first = len(other)
    rows: list[int] = []
    while column >= 0 and row >= 0:
        if row < first:
            first = row // stride * stride
            segment = other[first : row + 1]
            rows = list(_rows(side, segment, matches, above=checkpoints[row // stride]))
        if side[column] == other[row]:
            mask[column] = True
            column, row = column - 1, row - 1
        elif rows[row - first + 1] >> column & 1:
            column -= 1
        else:
            row -= 1
    return mask


def _rows(
    side: Sequence[str], other: Sequence[str], matches: dict[str, int], above: int | None = None
) -> Iterator[int]:
    """The row above ``other`` (the table's first unless given), then one row for each unit."""
    all_ones = (1 << len(side)) - 1
    row = all_ones if above is None else above
    yield row
    for unit in other:
        matched = row & matches.get(unit, 0)
        row = ((row + matched) | (row - matched)) & all_ones
        yield row
