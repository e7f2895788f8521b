"""Beside the writer, never in its way: seals closed segments, lets old ones go."""

import threading
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from eventlog.segments.config import SegmentConfig
from eventlog.segments.names import SegmentName
from eventlog.segments.retention import expire
from eventlog.segments.sealing import seal
from eventlog.segments.shipper import Shipper
from eventlog.segments.stats import LogStats
from eventlog.segments.store import SegmentStore

RETRY_SECONDS = 5.0
EXPIRY_SECONDS = 600.0


class Sealer:
    """A thread that works off segments. What fails (a full disk) is tried again later."""

    def __init__(
        self, folder: Path, config: SegmentConfig, stats: LogStats, store: SegmentStore | None
    ) -> None:
        self._folder = folder
        self._config = config
        self._stats = stats
        self._shipper = None if store is None else Shipper(folder, config, stats, store)
        self._names: deque[SegmentName] = deque()
        self._wake = threading.Event()
        self._is_stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="eventlog-sealer", daemon=True)
        self._thread.start()
        if self._shipper is not None:
            self._shipper.start()

    def stop(self) -> None:
        """Seal what waits, once; what cannot be sealed now, the next start will seal."""
        self._is_stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._shipper is not None:
            self._shipper.stop()

    def seal(self, name: SegmentName) -> None:
        """Have a segment sealed that nobody writes any more."""
        self._names.append(name)
        self._wake.set()

    def _run(self) -> None:
        expired_at = -EXPIRY_SECONDS
        while True:
            is_last = self._is_stopping
            self._seal_all()
            if is_last:
                return
            if time.monotonic() - expired_at > EXPIRY_SECONDS:
                expired_at = time.monotonic()
                self._expire()
            self._wake.wait(RETRY_SECONDS)
            self._wake.clear()

    def _seal_all(self) -> None:
        for _each in range(len(self._names)):
            name = self._names.popleft()
            try:
                seal(self._folder, name)
                self._stats.num_sealed += 1
            except OSError:
                self._names.append(name)
        if self._shipper is not None:
            self._shipper.wake()

    def _expire(self) -> None:
        try:
            now = datetime.now(UTC)
            self._stats.num_expired += expire(self._folder, now, self._config.retention_seconds)
        except OSError:
            return
