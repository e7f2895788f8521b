"""What waits in the log's queue: lines, and whoever waits for them to be durable."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from eventlog.segments.names import RecordClass


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log, with its line end. ``user`` is the pseudonym it belongs to, if known."""

    data: bytes
    record_class: RecordClass
    user: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Lines that become durable together. ``arrived`` is an instant of the monotonic clock."""

    lines: Sequence[Line]
    arrived: float
    done: Future[None] | None = None

    @property
    def num_bytes(self) -> int:
        return sum(len(line.data) for line in self.lines)
