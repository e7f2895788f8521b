"""When experiments are looked at: at fixed distances from their start, whoever leads."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rollout.experiments.document import ExperimentSpec
from rollout.experiments.state import Progress
from rollout.store.base import AuditEntry

LOOK = "look"
"""Where an entry's numbers say which look it was, of which attempt (``SALT``)."""
SALT = "salt"

AGAIN = timedelta(minutes=1)


class Schedule:
    """Remembers which look each attempt had last; a new leader reads it from the history."""

    def __init__(self, look_seconds: float) -> None:
        self._look_seconds = look_seconds
        self._last: dict[str, int] = {}
        self._put_off_until: dict[str, datetime] = {}

    def recall(self, entries: Sequence[AuditEntry]) -> None:
        """What others have looked at."""
        for entry in entries:
            look, salt = entry.numbers.get(LOOK), entry.numbers.get(SALT)
            if isinstance(look, int) and isinstance(salt, str):
                self.took(salt, look)

    def due(self, spec: ExperimentSpec, progress: Progress, now: datetime) -> int | None:
        """The number of the look that is due; None if none is. Those missed are not made up."""
        if progress.started is None:
            return None
        if now < self._put_off_until.get(spec.salt, now):
            return None
        number = int((now - progress.started).total_seconds() // self._look_seconds)
        return number if number > self._last.get(spec.salt, 0) else None

    def put_off(self, salt: str, now: datetime) -> None:
        """There was nothing to look at: not again at once."""
        self._put_off_until[salt] = now + AGAIN

    def took(self, salt: str, number: int) -> None:
        """It was looked at."""
        self._last[salt] = max(number, self._last.get(salt, 0))
