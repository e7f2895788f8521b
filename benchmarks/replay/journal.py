"""The edit history of a file that is being typed, coalesced as an editor does it."""

from benchmarks.replay.passage import KeysPressed, Passage
from prompt_format import EditEvent
from training.history.events import COALESCED_ROWS, MAX_EVENTS


class Journal:
    """Edits that follow each other within a few rows are one event; a jump starts the next."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._closed: list[EditEvent] = []
        self._opened_at: KeysPressed = {}
        self._now: KeysPressed = {}
        self._last_slot: int | None = None
        for slot in passage.script.order[: passage.first]:
            self.change(slot, passage.with_all(self._now, [slot]))

    def change(self, slot: int, after: KeysPressed) -> None:
        """Note that the file came into state ``after`` by a change at ``slot``."""
        if self._last_slot is not None and abs(slot - self._last_slot) > COALESCED_ROWS:
            self._closed += self._event()
            self._opened_at = self._now
        self._last_slot = slot
        self._now = after

    def events(self) -> tuple[EditEvent, ...]:
        """The last events, oldest first, after those of other files."""
        return (*self._passage.earlier, *[*self._closed, *self._event()][-MAX_EVENTS:])

    def _event(self) -> list[EditEvent]:
        diff = self._passage.diff(self._opened_at, self._now)
        return [EditEvent(path=self._passage.script.path, diff=diff)] if diff else []
