"""Changes of a text, and where a region of it goes with them.

Offsets are characters. A region's ends are anchors that lean outwards: what is inserted at either
end belongs to the region, what is replaced right beside it does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from prompt_format import minimal_edits

MANY_ROWS = 8
"""A change of so many rows may be two changes with something between that stayed."""


@dataclass(frozen=True, slots=True)
class Change:
    """Characters ``start`` up to ``end`` of the text before become ``new``."""

    start: int
    end: int
    new: str

    @property
    def growth(self) -> int:
        return len(self.new) - (self.end - self.start)

    def applied_to(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]


@dataclass(frozen=True, slots=True)
class Span:
    """A region's characters, ``start`` up to ``end``."""

    start: int
    end: int

    def after(self, change: Change) -> "Span":
        """Where the region is once the text has changed."""
        if not self.is_touched_by(change):
            growth = change.growth if change.end <= self.start else 0
            return Span(self.start + growth, self.end + growth)
        end = max(self.end, change.end) + change.growth
        return Span(min(self.start, change.start), end)

    def is_touched_by(self, change: Change) -> bool:
        """Whether the change overlaps the region, or is inserted at one of its ends."""
        if change.start == change.end:
            return change.start <= self.end and change.end >= self.start
        return change.start < self.end and change.end > self.start


def changes_between(old: str, new: str, cursor: int | None = None) -> Iterator[Change]:
    """What makes ``new`` of ``old``, last place first, so that each leaves those after it alone.

    Where a change could as well be a little before or after (an "a" among others), it is taken to
    end at ``cursor``, an offset in ``new``.
    """
    prefix = _num_equal(old, new)
    suffix = _num_equal(old[::-1], new[::-1], min(len(old), len(new)))
    if prefix == len(old) == len(new):
        return
    if prefix + suffix > min(len(old), len(new)):
        yield _slid(old, new, prefix, suffix, cursor)
        return
    old_end, new_end = len(old) - suffix, len(new) - suffix
    change = Change(prefix, old_end, new[prefix:new_end])
    replaced = old[prefix:old_end]
    if not change.new or replaced.count("\n") < MANY_ROWS:
        yield change
        return
    for start, end, text in reversed(list(_in_characters(replaced, change.new))):
        yield Change(prefix + start, prefix + end, text)


def _slid(old: str, new: str, prefix: int, suffix: int, cursor: int | None) -> Change:
    """A pure insertion or deletion that fits several places."""
    growth = len(new) - len(old)
    last = min(prefix, len(old) if growth > 0 else len(new))
    first = (len(old) if growth > 0 else len(new)) - suffix
    start = last
    if cursor is not None:
        wanted = cursor - max(growth, 0)
        start = wanted if first <= wanted <= last else last
    if growth > 0:
        return Change(start, start, new[start : start + growth])
    return Change(start, start - growth, "")


def _in_characters(old: str, new: str) -> Iterator[tuple[int, int, str]]:
    source = old.encode()
    for edit in minimal_edits(old, new):
        start = len(source[: edit.start].decode())
        yield start, start + len(edit.old_text), edit.new_text


def _num_equal(left: str, right: str, most: int | None = None) -> int:
    """How many characters both begin with: by halves, since comparing slices is quick."""
    low, high = 0, min(len(left), len(right)) if most is None else most
    if left[:high] == right[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle
    return low
