"""The way into a log: lines from many threads, for the one that writes them.

``offer`` never waits: what does not fit is dropped and counted, text first. ``append`` gives a
future that the writing thread will settle.
"""

import time
from collections.abc import Sequence
from concurrent.futures import Future

from eventlog.segments.byte_queue import ByteQueue
from eventlog.segments.entries import Entry, Line
from eventlog.segments.errors import LogUnavailable
from eventlog.segments.names import RecordClass
from eventlog.segments.stats import LogStats

SHARES = {RecordClass.TEXT: 0.5, RecordClass.COUNTS: 0.75, RecordClass.CONSENT: 1.0}
"""Of the queue, up to which a class may fill it unless someone waits for the record."""


class Intake:
    """Open from ``open`` to ``close``."""

    def __init__(self, max_bytes: int, stats: LogStats) -> None:
        self._queue: ByteQueue[Entry] = ByteQueue()
        self._max_bytes = max_bytes
        self._stats = stats
        self.has_room = True
        """Whether text may come in at all, by what the writing thread knows."""
        self.oldest: float | None = None
        """When the oldest line came that is not durable. The writing thread keeps it true."""

    @property
    def is_drained(self) -> bool:
        """Whether nothing more will come."""
        return self._queue.is_closed and not self._queue.num_bytes

    @property
    def num_waiting_bytes(self) -> int:
        return self._queue.num_bytes

    @property
    def has_room_for_text(self) -> bool:
        """Whether there is room enough to sample at all."""
        return self.has_room and self._queue.num_bytes < self._limit(RecordClass.TEXT)

    @property
    def lag_seconds(self) -> float:
        """How long the oldest line that is not durable has waited."""
        oldest = self.oldest
        return 0.0 if oldest is None else max(time.monotonic() - oldest, 0.0)

    def open(self) -> None:
        self._queue.reopen()

    def close(self) -> None:
        """What waits can still be taken."""
        self._queue.close()

    def offer(self, line: Line) -> bool:
        """Whether the line was taken."""
        if line.record_class is RecordClass.TEXT and not self.has_room:
            self._stats.dropped(line.record_class, "disk_low")
            return False
        if self._put(Entry((line,), time.monotonic()), self._limit(line.record_class)):
            return True
        self._stats.dropped(line.record_class, "queue_full")
        return False

    def append(self, lines: Sequence[Line]) -> Future[None]:
        """Raises ``LogUnavailable`` if too much waits already."""
        entry = Entry(lines, time.monotonic(), Future())
        assert entry.done is not None
        entry.done.set_running_or_notify_cancel()  # whoever gives up waiting must not stop us
        if not self._put(entry, self._max_bytes):
            raise LogUnavailable("too many records wait to be written")
        return entry.done

    def take(self, seconds: float, max_bytes: int) -> list[Entry]:
        """What waits, up to ``max_bytes`` but at least one; nothing after ``seconds``."""
        entries = self._queue.take_all(seconds, max_bytes)
        if entries:
            self.oldest = entries[0].arrived
        return entries

    def _put(self, entry: Entry, max_bytes: int) -> bool:
        taken = self._queue.put(entry, max_bytes)
        if taken and self.oldest is None:
            self.oldest = entry.arrived
        return taken

    def _limit(self, record_class: RecordClass) -> int:
        return int(self._max_bytes * SHARES[record_class])
