"""Seals closed segments, ships them, lets old ones go: beside the writer, never in its way."""

import threading
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from eventlog.segments.config import SegmentConfig
from eventlog.segments.errors import LogUnavailable
from eventlog.segments.manifest import read_manifest
from eventlog.segments.names import SegmentName
from eventlog.segments.retention import expire
from eventlog.segments.sealing import seal
from eventlog.segments.stats import LogStats
from eventlog.segments.store import SegmentStore, expire_in_store

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
        self._store = store
        self._shipped: set[str] | None = None
        self._names: deque[SegmentName] = deque()
        self._wake = threading.Event()
        self._is_stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="eventlog-sealer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Seal what waits, once; what cannot be sealed now, the next start will seal."""
        self._is_stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def seal(self, name: SegmentName) -> None:
        """Have a segment sealed that nobody writes any more."""
        self._names.append(name)
        self._wake.set()

    def _run(self) -> None:
        expired_at = -EXPIRY_SECONDS
        while True:
            is_last = self._is_stopping
            self._seal_all()
            self._ship()
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

    def _expire(self) -> None:
        try:
            now = datetime.now(UTC)
            self._stats.num_expired += expire(self._folder, now, self._config.retention_seconds)
            if self._store is not None:
                expire_in_store(self._store, now, self._config.retention_seconds)
        except (OSError, LogUnavailable):
            return

    def _ship(self) -> None:
        """Store what is not in the object store yet; what fails is tried again later."""
        if self._store is None:
            return
        entries = list(read_manifest(self._folder))
        try:
            if self._shipped is None:
                self._shipped = {entry.name for entry in self._store.entries()}
            missing = [entry for entry in entries if entry.name not in self._shipped]
            self._stats.num_unshipped = len(missing)
            for entry in missing:
                self._store.put(self._folder, entry)
                self._shipped.add(entry.name)
                self._stats.num_unshipped -= 1
        except LogUnavailable:
            return
