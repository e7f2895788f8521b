"""The log on one machine: many threads hand lines over, one writes them and makes them durable.

Two promises. ``offer`` never waits: what does not fit, or cannot be written, is dropped and
counted. ``append`` gives a future that is done when the lines are on the disk: all that arrives
while the disk is busy becomes durable with the next sync, so that one wait serves many.
"""

import fcntl
import shutil
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TextIO

from eventlog.segments.byte_queue import ByteQueue
from eventlog.segments.config import SegmentConfig
from eventlog.segments.entries import Entry, Line
from eventlog.segments.errors import LogInUse, LogUnavailable, LogUnusable
from eventlog.segments.names import RecordClass
from eventlog.segments.recovery import recover
from eventlog.segments.sealer import Sealer
from eventlog.segments.stats import LogStats
from eventlog.segments.writing import SegmentWriter

BATCH_BYTES = 4 << 20
IDLE_SECONDS = 0.1
DISK_CHECK_SECONDS = 1.0
SHARES = {RecordClass.TEXT: 0.5, RecordClass.COUNTS: 0.75, RecordClass.CONSENT: 1.0}
"""Of the queue, up to which a class may fill it unless someone waits for the record."""


class SegmentLog:
    """Writes into a folder that belongs to it alone, from ``start`` to ``stop``."""

    def __init__(self, folder: Path, config: SegmentConfig | None = None) -> None:
        self.stats = LogStats()
        self._folder = folder
        self._config = config or SegmentConfig()
        self._queue: ByteQueue[Entry] = ByteQueue()
        self._writer = SegmentWriter(folder, self._config, self.stats)
        self._sealer = Sealer(folder, self._config, self.stats)
        self._thread: threading.Thread | None = None
        self._lock: TextIO | None = None
        self._has_room = True
        self._oldest: float | None = None

    def start(self) -> None:
        """Repair what a crash has left, then take lines.

        Raises ``LogInUse`` if another process writes here, ``LogUnusable`` if it cannot be done.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._take_lock()
            names, self.stats.num_cut_bytes = recover(self._folder)
        except OSError as error:
            raise LogUnusable(f"{self._folder}: {error.strerror}") from None
        for name in names:
            self._sealer.seal(name)
        self._sealer.start()
        self._queue.reopen()
        self._thread = threading.Thread(target=self._run, name="eventlog-writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, seal what is open."""
        self._queue.close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            self._sealer.stop()
        if self._lock is not None:
            self._lock.close()

    @property
    def lag_seconds(self) -> float:
        """How long the oldest line that is not durable has waited."""
        oldest = self._oldest
        return 0.0 if oldest is None else max(time.monotonic() - oldest, 0.0)

    @property
    def num_waiting_bytes(self) -> int:
        return self._queue.num_bytes

    @property
    def has_room_for_text(self) -> bool:
        """Whether there is disk and queue enough to sample at all."""
        return self._has_room and self._queue.num_bytes < self._limit(RecordClass.TEXT)

    def offer(self, line: Line) -> bool:
        """Whether the line was taken; it is written soon, if nothing goes wrong."""
        if line.record_class is RecordClass.TEXT and not self._has_room:
            self.stats.dropped(line.record_class, "disk_low")
            return False
        if self._put(Entry((line,), time.monotonic()), self._limit(line.record_class)):
            return True
        self.stats.dropped(line.record_class, "queue_full")
        return False

    def append(self, lines: Sequence[Line]) -> Future[None]:
        """Done when all ``lines`` are durable; fails with ``LogUnavailable`` if they may not be.

        Raises ``LogUnavailable`` at once if too much waits already.
        """
        entry = Entry(lines, time.monotonic(), Future())
        assert entry.done is not None
        entry.done.set_running_or_notify_cancel()  # whoever gives up waiting must not stop us
        if not self._put(entry, self._config.max_queue_bytes):
            raise LogUnavailable("too many records wait to be written")
        return entry.done

    def _put(self, entry: Entry, max_bytes: int) -> bool:
        taken = self._queue.put(entry, max_bytes)
        if taken and self._oldest is None:
            self._oldest = entry.arrived
        return taken

    def _limit(self, record_class: RecordClass) -> int:
        return int(self._config.max_queue_bytes * SHARES[record_class])

    def _take_lock(self) -> None:
        self._lock = (self._folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise LogInUse(f"{self._folder}: another process writes there") from None

    def _run(self) -> None:
        checked = 0.0
        while not (self._queue.is_closed and not self._queue.num_bytes):
            entries = self._queue.take_all(IDLE_SECONDS, BATCH_BYTES)
            if entries:
                self._oldest = entries[0].arrived
            self._writer.commit(entries)
            self._oldest = self._writer.oldest_unsynced
            for name in self._writer.rotate():
                self._sealer.seal(name)
            if time.monotonic() - checked > DISK_CHECK_SECONDS:
                checked = time.monotonic()
                self._has_room = self._is_disk_free()
        for name in self._writer.close():
            self._sealer.seal(name)

    def _is_disk_free(self) -> bool:
        try:
            return shutil.disk_usage(self._folder).free >= self._config.min_free_bytes
        except OSError:
            return False
