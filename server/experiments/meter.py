"""Counts what arms do right now, for the breaker: in memory, then with those of all servers."""

import threading
from collections.abc import Mapping

from rollout import Assignment
from rollout.health.counts import ArmName, Counts


class HealthMeter:
    """Counted on the event loop, taken by another thread."""

    def __init__(self, slow_seconds: float) -> None:
        self._slow_seconds = slow_seconds
        self._counts: dict[ArmName, Counts] = {}
        self._lock = threading.Lock()

    def answered(self, assignment: Assignment, seconds: float) -> None:
        """A request was answered after ``seconds``."""
        self._add(assignment, Counts(1, 0, int(seconds > self._slow_seconds)))

    def failed(self, assignment: Assignment) -> None:
        """A request was not answered, or by the stable arm in place of its own."""
        self._add(assignment, Counts(1, 1, 0))

    def take(self) -> Mapping[ArmName, Counts]:
        """All since the last call."""
        with self._lock:
            taken, self._counts = self._counts, {}
            return taken

    def give_back(self, counts: Mapping[ArmName, Counts]) -> None:
        """What could not be handed on."""
        with self._lock:
            for name, each in counts.items():
                self._counts[name] = self._counts.get(name, Counts()) + each

    def _add(self, assignment: Assignment, one: Counts) -> None:
        if assignment.is_measured:
            self.give_back({(assignment.salt, assignment.arm.key): one})
