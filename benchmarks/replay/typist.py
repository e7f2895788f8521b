"""A simulated developer who types a passage and takes what is offered where it is right.

An offer is right if further keys lead from it to the text that was committed. The developer needs a
moment to notice one; an offer stays in sight while the keys typed since agree with it, as editors
have it. Taking an offer is one key, so it must stand for at least two.
"""

from dataclasses import dataclass

from benchmarks.replay.journal import Journal
from benchmarks.replay.passage import KeysPressed, Passage
from prompt_format import EditEvent

MIN_KEYS_SAVED = 2


@dataclass(frozen=True, slots=True)
class EditorState:
    """What an editor knows after a key. ``cursor`` counts characters of ``text``."""

    path: str
    original: str
    text: str
    cursor: int
    row: int
    events: tuple[EditEvent, ...]
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A right prediction in sight: the state that it leads to, and since when it is there."""

    leads_to: KeysPressed
    since: float


class Typist:
    """Where one developer is in one passage. Times are seconds of any clock."""

    def __init__(self, passage: Passage, notice_seconds: float) -> None:
        self._passage = passage
        self._notice_seconds = notice_seconds
        self._journal = Journal(passage)
        self._original = _text(passage.lines(passage.start))
        self._pressed: KeysPressed = passage.start
        self._slot = passage.slots[0]
        self._is_accepted = False
        self.offer: Offer | None = None

    @property
    def next_slot(self) -> int | None:
        """The slot whose key comes next; None when all is typed."""
        return self._passage.next_slot(self._pressed)

    @property
    def pressed(self) -> KeysPressed:
        return self._pressed

    def press(self) -> None:
        """Type the next key."""
        slot = self.next_slot
        assert slot is not None
        self._go({**self._pressed, slot: self._pressed.get(slot, 0) + 1}, slot)
        self._is_accepted = False
        if self.offer and not self._saved_by(self.offer.leads_to):
            self.offer = None

    def accepts(self, now: float) -> bool:
        """Whether there is a right offer that was in sight for long enough."""
        return self.offer is not None and now - self.offer.since >= self._notice_seconds

    def accept(self) -> None:
        """Take the offer."""
        assert self.offer is not None
        after = self.offer.leads_to
        changed = [slot for slot in after if after[slot] > self._pressed.get(slot, 0)]
        self._go(after, max(changed, key=self._passage.script.order.index))
        self._is_accepted = True
        self.offer = None

    def show(self, text: str | None, now: float) -> bool:
        """What the server answered to the present state: the file after its edit, or nothing.

        Whether that is a right step that saves keys.
        """
        step = None if text is None else self._passage.step_to(self._pressed, text)
        if step is None or not self._saved_by(step):
            self.offer = None
            return False
        if self.offer is None or self.offer.leads_to != step:
            self.offer = Offer(step, now)
        return True

    def state(self) -> EditorState:
        """What the editor sends now."""
        lines = self._passage.lines(self._pressed)
        row, column = self._passage.cursor(lines, self._slot)
        return EditorState(
            path=self._passage.script.path,
            original=self._original,
            text=_text(lines),
            cursor=sum(len(line) + 1 for _slot, line in lines[:row]) + column,
            row=row,
            events=self._journal.events(),
            is_accepted=self._is_accepted,
        )

    def _go(self, after: KeysPressed, slot: int) -> None:
        self._journal.change(slot, after)
        self._pressed, self._slot = after, slot

    def _saved_by(self, step: KeysPressed) -> bool:
        """Whether ``step`` is ahead of the present state by more than the key that takes it."""
        ahead = {slot: keys - self._pressed.get(slot, 0) for slot, keys in step.items()}
        if any(step.get(slot, 0) < keys for slot, keys in self._pressed.items()):
            return False
        return sum(ahead.values()) >= MIN_KEYS_SAVED


def _text(lines: list[tuple[int, str]]) -> str:
    return "".join(f"{line}\n" for _slot, line in lines)
