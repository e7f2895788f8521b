"""Where a developer pauses within a line, and what the half-typed line looks like.

The stop points and their weights are those of the reference pipeline's commit splitter: a pause is
likely after a separator or an opening bracket, and unlikely within a word.
"""

from dataclasses import dataclass
from itertools import accumulate
from random import Random

WEIGHTS = {
    **dict.fromkeys(",;:([{", 10),
    **dict.fromkeys(")]}", 8),
    **dict.fromkeys(" \t", 6),
    **dict.fromkeys("=+-*/%<>!&|^~?.", 5),
}
END_OF_WORD_WEIGHT = 8
WITHIN_WORD_WEIGHT = 1
OTHER_WEIGHT = 3

_CLOSERS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class HalfTyped:
    """A line with the cursor in it; ``cursor`` counts characters."""

    line: str
    cursor: int


def half_typed(
    old: str | None, new: str, random: Random, closes_brackets: bool
) -> HalfTyped | None:
    """``new`` while it is typed, over ``old`` if there was a line; None if nothing would be left.

    What both lines end with stays behind the cursor, as when the middle is selected and typed
    over. ``closes_brackets``: the editor has already put in brackets that the rest will close.
    """
    prefix, suffix = common_ends(old or "", new) if old is not None else (0, 0)
    start = max(prefix, len(new) - len(new.lstrip()))
    end = len(new) - suffix
    points = range(start + 1, end)
    if not points:
        return None
    total = list(accumulate(_weight(new, at) for at in points))
    draw = random.random() * total[-1]
    at = points[next(index for index, upto in enumerate(total) if draw < upto)]
    return typed_up_to(new, at, suffix, closes_brackets)


def typed_up_to(new: str, at: int, suffix: int, closes_brackets: bool) -> HalfTyped | None:
    """``new`` typed up to character ``at``, its last ``suffix`` characters being there already."""
    rest = new[len(new) - suffix :] if suffix else ""
    if not rest and closes_brackets:
        rest = _closers(new[:at], new[at:])
    line = new[:at] + rest
    return None if line == new else HalfTyped(line, at)


def _weight(line: str, at: int) -> int:
    """How likely a pause is after character ``at - 1``."""
    typed = line[at - 1]
    if typed.isalnum() or typed == "_":
        ends = at == len(line) or not (line[at].isalnum() or line[at] == "_")
        return END_OF_WORD_WEIGHT if ends else WITHIN_WORD_WEIGHT
    return WEIGHTS.get(typed, OTHER_WEIGHT)


def common_ends(old: str, new: str) -> tuple[int, int]:
    """How many characters both lines begin and end with, none counted twice."""
    shorter = min(len(old), len(new))
    prefix = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    left = shorter - prefix
    suffix = next((i for i in range(left) if old[-1 - i] != new[-1 - i]), left)
    return prefix, suffix


def _closers(typed: str, rest: str) -> str:
    """Closing brackets that ``typed`` needs, as far as ``rest`` brings them in that order."""
    open_brackets: list[str] = []
    for char in typed:
        if char in _CLOSERS:
            open_brackets.append(_CLOSERS[char])
        elif open_brackets and char == open_brackets[-1]:
            open_brackets.pop()
    closers = ""
    at = 0
    for closer in reversed(open_brackets):
        found = rest.find(closer, at)
        if found < 0:
            break
        closers, at = closers + closer, found + 1
    return closers
