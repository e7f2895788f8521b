"""A change to one file as the keys that make it: every state of the file in between.

A state is a mapping from a slot of the script to the number of its keys that are pressed. Opening a
line, taking one out, typing over a selection and indenting a line are one key each.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from prompt_format import EditEvent
from training.history.diffs import diff_states
from training.history.script import Script, Slot
from training.history.typing import common_ends

KeysPressed = Mapping[int, int]


def key_texts(slot: Slot) -> tuple[str | None, ...]:
    """The line before the first key and after each key; None where there is no line."""
    if slot.new is None:
        return (slot.old, None)
    indent = len(slot.new) - len(slot.new.lstrip())
    if slot.old is None:
        typed = range(indent, len(slot.new) + 1)
        return (None, *(slot.new[:end] for end in typed))
    start, kept = _kept_ends(slot)
    end = len(slot.new) - kept
    rest = slot.new[end:]
    stops = [at for at in range(start + 1, end) if at >= indent]
    return (slot.old, *(slot.new[:at] + rest for at in stops), slot.new)


def _kept_ends(slot: Slot) -> tuple[int, int]:
    """How many characters at either end of a changed line stay; none where a line is new."""
    if slot.old is None or slot.new is None:
        return 0, 0
    return common_ends(slot.old, slot.new)


@dataclass(frozen=True)
class Passage:
    """Lines of a script to type: those of turn ``first`` up to turn ``end``, which is not one.

    ``earlier`` are edits of other files before, oldest first.
    """

    name: str
    script: Script
    first: int
    end: int
    earlier: tuple[EditEvent, ...] = ()

    @cached_property
    def texts(self) -> dict[int, tuple[str | None, ...]]:
        """``key_texts`` of every slot that changes."""
        return {index: key_texts(self.script.slots[index]) for index in self.script.order}

    @property
    def start(self) -> KeysPressed:
        """The state before the first key."""
        return self.with_all({}, self.script.order[: self.first])

    @property
    def slots(self) -> tuple[int, ...]:
        """The slots to type, in their order."""
        return self.script.order[self.first : self.end]

    @property
    def num_keys(self) -> int:
        """Keys that it takes to type it all."""
        return self.keys_left({}, self.slots)

    def keys_left(self, pressed: KeysPressed, slots: Iterable[int]) -> int:
        """Keys of ``slots`` that are not pressed yet."""
        return sum(len(self.texts[slot]) - 1 - pressed.get(slot, 0) for slot in slots)

    def with_all(self, pressed: KeysPressed, slots: Iterable[int]) -> KeysPressed:
        """``pressed``, and all keys of ``slots``."""
        return {**pressed, **{slot: len(self.texts[slot]) - 1 for slot in slots}}

    def next_slot(self, pressed: KeysPressed) -> int | None:
        """Whose key comes next; None at the end."""
        return next((slot for slot in self.slots if self.keys_left(pressed, [slot])), None)

    def lines(self, pressed: KeysPressed) -> list[tuple[int, str]]:
        """The file's lines with their slots."""
        return self.script.lines(0, self._partial(pressed))

    def cursor(self, lines: Sequence[tuple[int, str]], slot: int) -> tuple[int, int]:
        """Row, and column in characters, after a key of ``slot`` led to ``lines``."""
        row = next((at for at, (index, _line) in enumerate(lines) if index >= slot), len(lines))
        if row < len(lines) and lines[row][0] == slot:
            return row, len(lines[row][1]) - _kept_ends(self.script.slots[slot])[1]
        return (row - 1, len(lines[row - 1][1])) if row else (0, 0)

    def diff(self, before: KeysPressed, after: KeysPressed) -> str:
        """The hunks that lead from one state to another."""
        return diff_states(self.script, 0, 0, self._partial(before), self._partial(after))

    def step_to(self, pressed: KeysPressed, text: str) -> KeysPressed | None:
        """The state in which the file reads ``text``; None if further keys do not lead there.

        Where several do, which only blank or repeated lines allow, the one nearest to the end.
        """
        lines = text.removesuffix("\n").split("\n") if text else []
        reached: dict[int, dict[int, int]] = {0: dict(pressed)}
        for index, slot in enumerate(self.script.slots):
            if index in self.texts:
                reached = self._advanced(reached, index, lines)
            else:
                same = slot.new
                reached = {
                    at + 1: state
                    for at, state in reached.items()
                    if at < len(lines) and lines[at] == same
                }
            if not reached:
                return None
        return reached.get(len(lines))

    def _advanced(
        self, reached: dict[int, dict[int, int]], slot: int, lines: list[str]
    ) -> dict[int, dict[int, int]]:
        """States by how many lines are read, after ``slot`` has read its line or none."""
        found: dict[int, dict[int, int]] = {}
        texts = self.texts[slot]
        for at, state in reached.items():
            line = lines[at] if at < len(lines) else None
            for keys in range(state.get(slot, 0), len(texts)):
                if texts[keys] is None or texts[keys] == line:
                    end = at + (texts[keys] is not None)
                    then = {**state, slot: keys}
                    if end not in found or sum(found[end].values()) < sum(then.values()):
                        found[end] = then
        return found

    def _partial(self, pressed: KeysPressed) -> dict[int, str | None]:
        return {slot: self.texts[slot][keys] for slot, keys in pressed.items()}
