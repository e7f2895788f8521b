"""When experiments are looked at: at fixed distances from their start, whoever leads."""

from collections.abc import Sequence
from datetime import datetime

from rollout.experiments.document import ExperimentSpec
from rollout.experiments.state import Progress
from rollout.store.base import AuditEntry

LOOK = "look"
"""Where an entry's numbers say which look it was, of which attempt (``SALT``)."""
SALT = "salt"


class Schedule:
    """Remembers which look each attempt had last; a new leader reads it from the history."""

    def __init__(self, look_seconds: float) -> None:
        self._look_seconds = look_seconds
        self._last: dict[str, int] = {}

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
        number = int((now - progress.started).total_seconds() // self._look_seconds)
        return number if number > self._last.get(spec.salt, 0) else None

    def took(self, salt: str, number: int) -> None:
        """It was looked at."""
        self._last[salt] = max(number, self._last.get(salt, 0))
