"""Users of an arm, minute by minute, and for whom things went wrong.

Users, not requests: one who asks a thousand times, or asks for the impossible, is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

KEPT_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Counts:
    """``users`` who asked, each once a minute. ``slow``: most of their answers came later than the
    objective; ``failed``: most did not come at all, or from the stable arm in their arm's place."""

    users: int = 0
    failed: int = 0
    slow: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.users + other.users, self.failed + other.failed, self.slow + other.slow)


ArmName = tuple[str, str]
"""The salt of an experiment's attempt, and an arm's key."""


class HealthTable(Protocol):
    """Counts of all servers together, by minute; old ones go by themselves.

    Minutes are those of the caller's Unix time: of servers whose clocks are apart, the same minute
    has two names. Safe to use from several threads. Both may raise ``StoreUnavailable``.
    """

    def add(self, minute: int, counts: Mapping[ArmName, Counts]) -> None:
        """Add what this server has counted."""
        ...

    def since(self, minute: int) -> Mapping[ArmName, Counts]:
        """Sums over that minute and the ``KEPT_MINUTES`` that come after it."""
        ...
