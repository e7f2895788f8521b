"""Counts for whom arms do well right now, for the breaker: in memory, then with all servers'."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rollout import Assignment
from rollout.health.counts import ArmName, Counts

MAX_USERS = 100_000
"""Counted at a time; whoever comes beyond that is not."""


@dataclass(slots=True)
class _Tally:
    """Of one user within a minute."""

    requests: int = 0
    failed: int = 0
    slow: int = 0

    @property
    def counts(self) -> Counts:
        """One user, for whom things went wrong if most requests did."""
        return Counts(1, int(2 * self.failed > self.requests), int(2 * self.slow > self.requests))


class HealthMeter:
    """See ``Meter``. Counted on the event loop, taken by another thread."""

    def __init__(self, slow_seconds: float, clock: Callable[[], float] = time.time) -> None:
        self._slow_seconds = slow_seconds
        self._clock = clock
        self._tallies: dict[tuple[int, ArmName, str], _Tally] = {}
        self._lock = threading.Lock()

    def answered(self, assignment: Assignment, unit: str, seconds: float) -> None:
        self._add(assignment, unit, failed=0, slow=int(seconds > self._slow_seconds))

    def failed(self, assignment: Assignment, unit: str) -> None:
        self._add(assignment, unit, failed=1, slow=0)

    def given_up(self, assignment: Assignment, unit: str, seconds: float) -> None:
        if seconds > self._slow_seconds:
            self._add(assignment, unit, failed=0, slow=1)

    def take(self) -> Mapping[int, Mapping[ArmName, Counts]]:
        """By minute of the Unix time, those that are over; each is given once."""
        this_minute = int(self._clock() // 60)
        with self._lock:
            over = {key: each for key, each in self._tallies.items() if key[0] < this_minute}
            for key in over:
                del self._tallies[key]
        minutes: dict[int, dict[ArmName, Counts]] = {}
        for (minute, name, _unit), tally in over.items():
            counts = minutes.setdefault(minute, {})
            counts[name] = counts.get(name, Counts()) + tally.counts
        return minutes

    def _add(self, assignment: Assignment, unit: str, failed: int, slow: int) -> None:
        if not assignment.salt or not unit:
            return
        key = (int(self._clock() // 60), (assignment.salt, assignment.arm.key), unit)
        with self._lock:
            tally = self._tallies.get(key)
            if tally is None and len(self._tallies) < MAX_USERS:
                tally = self._tallies[key] = _Tally()
            if tally is not None:
                tally.requests += 1
                tally.failed += failed
                tally.slow += slow
