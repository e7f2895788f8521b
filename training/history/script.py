"""A file between two commits as lines that come and go in an order: every state in between.

A ``Slot`` is a place for at most one line. A kept line has the same text throughout; a changed slot
holds ``old`` until its turn (``rank``) has passed, then ``new``; ``None`` is no line at all. State
``t`` of a script is the file after the first ``t`` turns.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import Indel

from training.history.git import ChangedBlock

KEPT = -1
MIN_SIMILARITY = 0.5
"""Lines more alike than this are one line, changed; others are one taken out and one put in."""
MAX_COMPARED_PAIRS = 900


@dataclass(frozen=True, slots=True)
class Slot:
    """A line's place. ``block`` numbers the changed block that it belongs to."""

    old: str | None
    new: str | None
    rank: int = KEPT
    block: int = KEPT

    def at(self, turn: int) -> str | None:
        """The line after ``turn`` turns."""
        return self.old if self.rank >= turn else self.new


@dataclass(frozen=True, slots=True)
class Script:
    """All slots of a file, from the first line to the last, and the order of the changed ones."""

    path: str
    slots: tuple[Slot, ...]
    order: tuple[int, ...]
    """``order[turn]`` is the slot that changes at that turn."""

    def lines(
        self, turn: int, partial: Mapping[int, str | None] | None = None
    ) -> list[tuple[int, str]]:
        """The file's lines with their slots; ``partial`` puts other text, or none, into some."""
        found = []
        for index, slot in enumerate(self.slots):
            line = partial[index] if partial and index in partial else slot.at(turn)
            if line is not None:
                found.append((index, line))
        return found


def read_script(path: str, new_lines: Sequence[str], blocks: Iterable[ChangedBlock]) -> Script:
    """The script of one file, its blocks changed from top to bottom."""
    slots: list[Slot] = []
    row = 0
    for number, block in enumerate(blocks):
        slots += [Slot(line, line) for line in new_lines[row : block.new_row]]
        slots += [replace(slot, block=number) for slot in _paired(block)]
        row = block.new_row + len(block.new_lines)
    slots += [Slot(line, line) for line in new_lines[row:]]
    changed = [index for index, slot in enumerate(slots) if slot.old != slot.new]
    return in_order(Script(path, tuple(slots), ()), changed)


def in_order(script: Script, order: Sequence[int]) -> Script:
    """The same changes at other turns."""
    slots = list(script.slots)
    for rank, index in enumerate(order):
        slots[index] = replace(slots[index], rank=rank)
    return Script(script.path, tuple(slots), tuple(order))


def _paired(block: ChangedBlock) -> list[Slot]:
    """Changed lines beside what they become: the pairing that keeps most of the text."""
    old, new = block.old_lines, block.new_lines
    if not old or not new or len(old) * len(new) > MAX_COMPARED_PAIRS:
        return [Slot(line, None) for line in old] + [Slot(None, line) for line in new]
    alike = [[_similarity(left, right) for right in new] for left in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], alike[i][j] + best[i + 1][j + 1])
    slots: list[Slot] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if alike[i][j] and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            slots.append(Slot(old[i], new[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            slots.append(Slot(old[i], None))
            i += 1
        else:
            slots.append(Slot(None, new[j]))
            j += 1
    return slots + [Slot(line, None) for line in old[i:]] + [Slot(None, line) for line in new[j:]]


def _similarity(left: str, right: str) -> float:
    """0 where two lines are not the same line changed; blank lines are like no other."""
    if not left.strip() or not right.strip():
        return 0.0
    ratio = float(Indel.normalized_similarity(left.strip(), right.strip()))
    return ratio if ratio >= MIN_SIMILARITY else 0.0
