"""Wrong region: whether a prediction rewrites another stretch of lines than it was asked to.

A model that has lost the bounds of its region starts too late or stops too early, and whole lines
are gone; or it writes on beyond the bounds, and the lines that follow stand there twice. Both show
where the lines of the predicted text differ from those of the expected one:

    lost      at least 3 filled lines of the original, which the expected edit keeps, are gone, more
              than were put in their place
    doubled   at least 3 filled lines are put in that stand right beside them as well

Zed's pipeline asks instead whether the patch begins with 3 deleted lines. That depends on how much
context a patch shows, takes every rewrite of three lines for an error, and misses lines that are
doubled, or lost further down.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

from prompt_format.lines import split_lines, with_newline
from quality.common_subsequence import common_ends, common_mask

MIN_LINES = 3
"""Fewer lines may be a change of mind."""


def is_wrong_region(original: str, expected: str, actual: str) -> bool:
    """Whether the edit from ``original`` to ``actual`` loses or doubles lines.

    ``expected`` is the whole text as it is where the prediction is right.
    """
    if actual in (original, expected):
        return False
    old, wanted, given = (split_lines(with_newline(text)) for text in (original, expected, actual))
    wanted_lines = list(zip(wanted, common_mask(wanted, old), strict=True))
    given_lines = list(zip(given, common_mask(given, old), strict=True))
    return any(
        _loses(wanted_lines[block.wanted], given_lines[block.given]) or _doubles(block, given)
        for block in _blocks(wanted, given)
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """A stretch of expected lines, and the different lines that are given in its place."""

    wanted: slice
    given: slice


def _blocks(wanted: Sequence[str], given: Sequence[str]) -> Iterator[_Block]:
    """Between lines that are equal. A block may be empty on one side."""
    wanted_end = given_end = 0
    for start, end, size in LCSseq.opcodes(wanted, given).as_matching_blocks():
        if start > wanted_end or end > given_end:
            yield _Block(slice(wanted_end, start), slice(given_end, end))
        wanted_end, given_end = start + size, end + size


def _loses(wanted: Iterable[tuple[str, bool]], given: Iterable[tuple[str, bool]]) -> bool:
    """Each line comes with whether the original has it too."""
    num_gone = _num_filled(line for line, is_old in wanted if is_old)
    num_put_in = _num_filled(line for line, is_old in given if not is_old)
    return num_gone - num_put_in >= MIN_LINES


def _doubles(block: _Block, given: Sequence[str]) -> bool:
    new, above, below = given[block.given], given[: block.given.start], given[block.given.stop :]
    if _num_filled(new) < MIN_LINES:
        return False
    if block.wanted.start == block.wanted.stop:
        # Lines that are repeated may be seen as put in before, behind, or within the first ones.
        like_below, _ = common_ends(new, below)
        like_above, _ = common_ends(new[::-1], above[::-1])
        return like_below + like_above >= len(new)
    return any(
        new[-size:] == below[:size] and _num_filled(new[-size:]) >= MIN_LINES
        for size in range(MIN_LINES, len(new) + 1)
    ) or any(
        new[:size] == above[-size:] and _num_filled(new[:size]) >= MIN_LINES
        for size in range(MIN_LINES, len(new) + 1)
    )


def _num_filled(lines: Iterable[str]) -> int:
    return sum(1 for line in lines if line.strip())
