"""The masks against a plain table with the stated tie-breaking, and their bounds."""

import random
import time

from hypothesis import given
from hypothesis import strategies as st

from quality.common_subsequence import common_mask

UNITS = st.lists(st.sampled_from("abcd"), max_size=14)


def plain_mask(side: list[str], other: list[str]) -> list[bool]:
    """The textbook table over what is between the common prefix and suffix."""
    prefix = suffix = 0
    while prefix < min(len(side), len(other)) and side[prefix] == other[prefix]:
        prefix += 1
    side_rest, other_rest = side[prefix:], other[prefix:]
    while side_rest and other_rest and side_rest[-1] == other_rest[-1]:
        side_rest, other_rest, suffix = side_rest[:-1], other_rest[:-1], suffix + 1
    table = [[0] * (len(other_rest) + 1) for _ in range(len(side_rest) + 1)]
    for i, left in enumerate(side_rest, 1):
        for j, right in enumerate(other_rest, 1):
            longest = max(table[i - 1][j], table[i][j - 1])
            table[i][j] = table[i - 1][j - 1] + 1 if left == right else longest
    mask = [False] * len(side_rest)
    i, j = len(side_rest), len(other_rest)
    while i and j:
        if side_rest[i - 1] == other_rest[j - 1]:
            mask[i - 1] = True
            i, j = i - 1, j - 1
        elif table[i - 1][j] >= table[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return [True] * prefix + mask + [True] * suffix


@given(UNITS, UNITS)
def test_agrees_with_the_plain_table(side: list[str], other: list[str]) -> None:
    assert common_mask(side, other) == plain_mask(side, other)


def test_agrees_with_the_plain_table_across_checkpoints() -> None:
    draw = random.Random(7)
    for _ in range(20):
        side = [draw.choice("abcdef") for _ in range(draw.randrange(60, 90))]
        other = [draw.choice("abcdef") for _ in range(draw.randrange(60, 90))]
        assert common_mask(side, other) == plain_mask(side, other)


@given(UNITS, UNITS)
def test_both_sides_keep_equally_many(side: list[str], other: list[str]) -> None:
    assert sum(common_mask(side, other)) == sum(common_mask(other, side))


def test_a_tie_steps_along_the_masked_side() -> None:
    # "ab" and "ba" share one unit, a or b. From the ends, b against a: the masked side steps first,
    # so its last unit is left out and its first one is kept.
    assert common_mask(["a", "b"], ["b", "a"]) == [True, False]
    assert common_mask(["b", "a"], ["a", "b"]) == [True, False]


def test_the_common_prefix_and_suffix_are_kept_first() -> None:
    # x[x]y: the prefix takes the first x, whatever a back-trace from the end would take.
    assert common_mask(["x", "x", "y"], ["x", "y"]) == [True, False, True]
    assert common_mask(["x"], ["x", "x"]) == [True]


def test_nothing_in_common_and_nothing_at_all() -> None:
    assert common_mask(["a"], ["b"]) == [False]
    assert common_mask([], ["b"]) == []
    assert common_mask(["a"], []) == [False]


def test_a_hundred_kilobytes_of_units_are_bounded() -> None:
    draw = random.Random(3)
    side = [draw.choice("abcdefgh") for _ in range(20_000)]
    other = [draw.choice("abcdefgh") for _ in range(20_000)]
    started = time.perf_counter()
    assert sum(common_mask(side, other)) > 10_000
    assert time.perf_counter() - started < 5
