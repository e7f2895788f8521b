"""Where encoded records go: segments on this machine, or a broker that many machines share."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from eventlog.segments import Line, LogStats


class RecordSink(Protocol):
    """Takes lines from any thread, between ``start`` and ``stop``."""

    stats: LogStats

    def start(self) -> None:
        """Raises ``EventLogError`` if it cannot be written to."""
        ...

    def stop(self) -> None:
        """Bring what waits to where it belongs."""
        ...

    def offer(self, line: Line) -> bool:
        """Best effort: never waits; what is not taken is counted."""
        ...

    def append(self, lines: Sequence[Line]) -> Future[None]:
        """Done when all are durable; fails with, or raises, ``LogUnavailable``."""
        ...

    @property
    def has_room_for_text(self) -> bool:
        """Whether snapshots are worth making at all."""
        ...

    @property
    def lag_seconds(self) -> float:
        """How long the oldest line that is not durable has waited."""
        ...
