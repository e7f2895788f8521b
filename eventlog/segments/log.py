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

from eventlog.segments.config import SegmentConfig
from eventlog.segments.entries import Line
from eventlog.segments.errors import LogInUse, LogUnusable
from eventlog.segments.intake import Intake
from eventlog.segments.recovery import recover
from eventlog.segments.sealer import Sealer
from eventlog.segments.stats import LogStats
from eventlog.segments.store import SegmentStore
from eventlog.segments.writing import SegmentWriter

BATCH_BYTES = 4 << 20
IDLE_SECONDS = 0.1
DISK_CHECK_SECONDS = 1.0


class SegmentLog:
    """Writes into a folder that belongs to it alone, from ``start`` to ``stop``.

    Sealed segments are copied to ``store`` if there is one.
    """

    def __init__(
        self, folder: Path, config: SegmentConfig | None = None, store: SegmentStore | None = None
    ) -> None:
        self.stats = LogStats()
        self._folder = folder
        self._config = config or SegmentConfig()
        self._intake = Intake(self._config.max_queue_bytes, self.stats)
        self._writer = SegmentWriter(folder, self._config, self.stats)
        self._sealer = Sealer(folder, self._config, self.stats, store)
        self._thread: threading.Thread | None = None
        self._lock: TextIO | None = None

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
        self._intake.open()
        self._thread = threading.Thread(target=self._run, name="eventlog-writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, seal what is open."""
        self._intake.close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            self._sealer.stop()
        if self._lock is not None:
            self._lock.close()

    @property
    def lag_seconds(self) -> float:
        """How long the oldest line that is not durable has waited."""
        return self._intake.lag_seconds

    @property
    def num_waiting_bytes(self) -> int:
        return self._intake.num_waiting_bytes

    @property
    def has_room_for_text(self) -> bool:
        """Whether there is disk and queue enough to sample at all."""
        return self._intake.has_room_for_text

    def offer(self, line: Line) -> bool:
        """Whether the line was taken; it is written soon, if nothing goes wrong."""
        return self._intake.offer(line)

    def append(self, lines: Sequence[Line]) -> Future[None]:
        """Done when all ``lines`` are durable; fails with ``LogUnavailable`` if they may not be.

        Raises ``LogUnavailable`` at once if too much waits already.
        """
        return self._intake.append(lines)

    def _take_lock(self) -> None:
        self._lock = (self._folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise LogInUse(f"{self._folder}: another process writes there") from None

    def _run(self) -> None:
        checked = 0.0
        while not self._intake.is_drained:
            self._writer.commit(self._intake.take(IDLE_SECONDS, BATCH_BYTES))
            self._intake.oldest = self._writer.oldest_unsynced
            for name in self._writer.rotate():
                self._sealer.seal(name)
            if time.monotonic() - checked > DISK_CHECK_SECONDS:
                checked = time.monotonic()
                self._intake.has_room = self._is_disk_free()
        for name in self._writer.close():
            self._sealer.seal(name)
        self._intake.oldest = None

    def _is_disk_free(self) -> bool:
        try:
            return shutil.disk_usage(self._folder).free >= self._config.min_free_bytes
        except OSError:
            return False
