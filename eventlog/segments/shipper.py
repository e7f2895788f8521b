"""Copies sealed segments to an object store, and lets old ones go there."""

import math
import threading
import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from eventlog.segments.config import SegmentConfig
from eventlog.segments.errors import LogUnavailable
from eventlog.segments.manifest import SealedSegment, manifest_stamp, read_manifest
from eventlog.segments.names import RecordClass
from eventlog.segments.stats import LogStats
from eventlog.segments.store import SegmentStore, expire_in_store

RETRY_SECONDS = 5.0
EXPIRY_SECONDS = 600.0
STOP_SECONDS = 5.0
"""So long a log that is stopped goes on shipping; the next start ships the rest."""


class Shipper:
    """A thread of its own, so that the folder does not wait for a store that is slow or away.

    What fails is tried again later.
    """

    def __init__(
        self, folder: Path, config: SegmentConfig, stats: LogStats, store: SegmentStore
    ) -> None:
        kept = config.store_retention_seconds
        self._retention_seconds = config.retention_seconds if kept is None else kept
        self._folder = folder
        self._stats = stats
        self._store = store
        self._knows_store = False
        self._shipped: set[str] = set()
        self._missing: deque[SealedSegment] = deque()
        self._stamp: tuple[int, ...] = ()
        """Of the manifest that ``_missing`` was made from."""
        self._wake = threading.Event()
        self._give_up_at = math.inf
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._thread is not None:
            self._thread.join()  # it has been given up on, and ends with the call it waits for
        self._give_up_at = math.inf
        self._thread = threading.Thread(target=self._run, name="eventlog-shipper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ship what is sealed, for no longer than ``STOP_SECONDS``."""
        self._give_up_at = time.monotonic() + STOP_SECONDS
        self.wake()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def wake(self) -> None:
        """There may be something new in the manifest."""
        self._wake.set()

    def _run(self) -> None:
        expired_at = -EXPIRY_SECONDS
        while True:
            is_last = self._is_stopping()
            self._ship()
            if is_last:
                return
            if time.monotonic() - expired_at > EXPIRY_SECONDS:
                expired_at = time.monotonic()
                self._expire()
            self._wake.wait(RETRY_SECONDS)
            self._wake.clear()

    def _is_stopping(self) -> bool:
        return self._give_up_at < math.inf

    def _ship(self) -> None:
        try:
            self._look()
        except (OSError, LogUnavailable):
            return
        for _each in range(len(self._missing)):
            if time.monotonic() > self._give_up_at:
                return
            entry = self._missing[0]
            try:
                if (self._folder / entry.name).exists():
                    self._store.put(self._folder, entry)
            except LogUnavailable:
                self._missing.rotate(-1)  # should it be this one's fault, the others go first
                return
            self._shipped.add(entry.name)
            self._missing.popleft()
            self._stats.num_unshipped = len(self._missing)

    def _look(self) -> None:
        """What is missing in the store. Neither it nor the manifest is read again for nothing."""
        if not self._knows_store:
            self._shipped = {name for name, is_whole in self._store.names().items() if is_whole}
            self._knows_store = True
        stamp = manifest_stamp(self._folder)
        if stamp == self._stamp:
            return
        entries = read_manifest(self._folder)
        self._missing = deque(entry for entry in entries if not self._lies_there(entry.name))
        self._stamp = stamp
        self._stats.num_unshipped = len(self._missing)

    def _lies_there(self, name: str) -> bool:
        """Also as a part of its text: readers take a record once, with the text if they can."""
        of_counts, of_text = f"{RecordClass.COUNTS}-", f"{RecordClass.TEXT}-"
        return name in self._shipped or name.replace(of_counts, of_text, 1) in self._shipped

    def _expire(self) -> None:
        if not self._retention_seconds:
            return
        now = datetime.now(UTC)
        with suppress(LogUnavailable):
            expire_in_store(self._store, now, self._retention_seconds, self._is_stopping)
