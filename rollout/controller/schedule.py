"""When experiments are looked at: at fixed distances from their start, whoever leads."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rollout.experiments.document import ExperimentSpec
from rollout.experiments.state import Progress
from rollout.store.base import AuditEntry

LOOK, LOOKED, SALT = "look", "looked", "salt"
"""Where an entry's numbers say which look it was, when it began, and of which attempt."""

AGAIN = timedelta(minutes=1)


class Schedule:
    """Remembers when each attempt was looked at last; a new leader reads it from the history.

    Times and not numbers, since whoever led before may have looked more often, or less.
    """

    def __init__(self, look_seconds: float) -> None:
        self._look_seconds = look_seconds
        self._last: dict[str, datetime] = {}
        self._put_off_until: dict[str, datetime] = {}
        self._approved: set[tuple[str, int]] = set()

    def recall(self, entries: Sequence[AuditEntry]) -> None:
        """What others have looked at."""
        for entry in entries:
            looked, salt = entry.numbers.get(LOOKED), entry.numbers.get(SALT)
            if isinstance(looked, str) and isinstance(salt, str):
                self._took(salt, datetime.fromisoformat(looked))

    def due(self, spec: ExperimentSpec, progress: Progress, now: datetime) -> int | None:
        """The number of the look that is due; None if none is. Those missed are not made up.

        An approval is looked at when it is given: one look more does no harm to the bounds.
        """
        if progress.started is None or now < self._put_off_until.get(spec.salt, now):
            return None
        number = self._number(progress.started, now)
        last = self._last.get(spec.salt)
        before = 0 if last is None else self._number(progress.started, last)
        is_new = progress.has_approval and (spec.salt, progress.stage) not in self._approved
        return number if number > before or is_new else None

    def last(self, spec: ExperimentSpec, progress: Progress) -> datetime | None:
        """When it was looked at last; before the first look when it was started."""
        return self._last.get(spec.salt, progress.started)

    def put_off(self, salt: str, now: datetime) -> None:
        """There was nothing to look at: not again at once."""
        self._put_off_until[salt] = now + AGAIN

    def took(self, spec: ExperimentSpec, progress: Progress, now: datetime) -> None:
        """It was looked at."""
        self._took(spec.salt, now)
        if progress.has_approval:
            self._approved.add((spec.salt, progress.stage))

    def numbers(self, spec: ExperimentSpec, look: int, now: datetime) -> Mapping[str, Any]:
        """For the record, so that others know."""
        return {LOOK: look, LOOKED: now.isoformat(), SALT: spec.salt}

    def _took(self, salt: str, looked: datetime) -> None:
        self._last[salt] = max(looked, self._last.get(salt, looked))

    def _number(self, started: datetime, moment: datetime) -> int:
        return int((moment - started).total_seconds() // self._look_seconds)
