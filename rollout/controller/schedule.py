"""When experiments are looked at: at fixed distances from their start, whoever leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rollout.experiments.document import ExperimentSpec
from rollout.experiments.state import Progress
from rollout.store.base import AuditEntry

LOOK, LOOKED, SALT, APPROVED = "look", "looked", "salt", "approved"
"""Where an entry's numbers say which look it was, when it began, of which attempt, and of the
approval of which stage."""

AGAIN = timedelta(minutes=1)
AHEAD = timedelta(minutes=5)
"""Further ahead of the present no clock may have been that dated a look: it is not believed."""


@dataclass(frozen=True, slots=True)
class Look:
    """The ``number``-th of an attempt, which was due at ``due``; ``approved`` is the stage of an
    approval that it is the first one to see."""

    number: int
    due: datetime
    approved: int | None = None


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
        """What others have looked at, the latest first."""
        for entry in reversed(entries):
            looked, salt = entry.numbers.get(LOOKED), entry.numbers.get(SALT)
            stage = entry.numbers.get(APPROVED)
            if isinstance(looked, str) and isinstance(salt, str):
                self._last[salt] = datetime.fromisoformat(looked)
                if isinstance(stage, int):
                    self._approved.add((salt, stage))

    def due(self, spec: ExperimentSpec, progress: Progress, now: datetime) -> Look | None:
        """The look that is due, if one is. Those missed are not made up.

        An approval is looked at when it is given: one look more does no harm to the bounds.
        """
        if progress.started is None or now < self._put_off_until.get(spec.salt, now):
            return None
        number = self._number(progress.started, now)
        last = self._last.get(spec.salt)
        if last is None or last > now + AHEAD:
            last = progress.started
        before = self._number(progress.started, last)
        is_new = progress.has_approval and (spec.salt, progress.stage) not in self._approved
        if number <= before and not is_new:
            return None
        due = progress.started + timedelta(seconds=number * self._look_seconds)
        return Look(number, due, progress.stage if is_new else None)

    def last(self, spec: ExperimentSpec, progress: Progress) -> datetime | None:
        """When it was looked at last; before the first look when it was started."""
        return self._last.get(spec.salt, progress.started)

    def put_off(self, salt: str, now: datetime) -> None:
        """There was nothing to look at: not again at once."""
        self._put_off_until[salt] = now + AGAIN

    def took(self, salt: str, look: Look, now: datetime) -> None:
        """It was looked at."""
        self._last[salt] = now
        if look.approved is not None:
            self._approved.add((salt, look.approved))

    def numbers(self, salt: str, look: Look, now: datetime) -> Mapping[str, Any]:
        """For the record, so that others know."""
        approved = {} if look.approved is None else {APPROVED: look.approved}
        return {LOOK: look.number, LOOKED: now.isoformat(), SALT: salt, **approved}

    def _number(self, started: datetime, moment: datetime) -> int:
        return int((moment - started).total_seconds() // self._look_seconds)
