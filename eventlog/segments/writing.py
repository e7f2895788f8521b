"""Group commit: the lines of many entries in one write for each class, and one wait for the disk.

A write that fails is cut off again, and only its own entries fail. A sync that fails leaves the
segment behind: what the disk holds of it is unknown, so it is never written again.
"""

import errno
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from eventlog.segments.config import SegmentConfig
from eventlog.segments.entries import Entry
from eventlog.segments.errors import LogUnavailable
from eventlog.segments.names import RecordClass, SegmentName
from eventlog.segments.open_segment import OpenSegment
from eventlog.segments.stats import LogStats

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

Failures = Mapping[RecordClass, str]
"""The classes that could not be written, each with the word why."""


class SegmentWriter:
    """Owned by one thread. Nothing here raises: what cannot be written is told to its entry."""

    def __init__(self, folder: Path, config: SegmentConfig, stats: LogStats) -> None:
        self._folder = folder
        self._config = config
        self._stats = stats
        self._segments: dict[RecordClass, OpenSegment] = {}
        self._left: list[SegmentName] = []
        self._unsynced: set[RecordClass] = set()
        self._synced_at = time.monotonic()
        self.oldest_unsynced: float | None = None
        """When the oldest line arrived that may not be on the disk yet."""

    def commit(self, entries: Sequence[Entry]) -> None:
        """Write the lines of ``entries``; those that somebody waits for reach the disk now."""
        chunks: dict[RecordClass, list[bytes]] = defaultdict(list)
        for entry in entries:
            for line in entry.lines:
                chunks[line.record_class].append(line.data)
        failures: dict[RecordClass, str] = {}
        for record_class, lines in chunks.items():
            reason = self._write(record_class, b"".join(lines))
            if reason is None:
                self._unsynced.add(record_class)
            else:
                failures[record_class] = reason
        if self._unsynced and self.oldest_unsynced is None:
            self.oldest_unsynced = entries[0].arrived if entries else time.monotonic()
        is_due = time.monotonic() - self._synced_at > self._config.sync_seconds
        if is_due or any(entry.done for entry in entries):
            failures |= self._sync()
        for entry in entries:
            self._tell(entry, failures)

    def rotate(self) -> list[SegmentName]:
        """Close what is full or old enough; the segments that are to be sealed."""
        due = [
            record_class
            for record_class, segment in self._segments.items()
            if segment.num_bytes >= self._config.max_segment_bytes
            or segment.age_seconds >= self._config.max_segment_seconds
        ]
        if due:
            self._sync()
        for record_class in due:
            self._leave(record_class)
        left, self._left = self._left, []
        return left

    def close(self) -> list[SegmentName]:
        """Close all; the segments that are to be sealed."""
        self._sync()
        for record_class in list(self._segments):
            self._leave(record_class)
        left, self._left = self._left, []
        return left

    def _write(self, record_class: RecordClass, lines: bytes) -> str | None:
        """Why it could not be done."""
        try:
            segment = self._segments.get(record_class)
            if segment is None:
                segment = OpenSegment.create(self._folder, record_class)
                self._segments[record_class] = segment
        except OSError as error:
            return _word(error)
        try:
            segment.append(lines)
        except OSError as error:
            try:
                segment.cut_back()
            except OSError:
                self._leave(record_class)
            return _word(error)
        return None

    def _sync(self) -> dict[RecordClass, str]:
        failures: dict[RecordClass, str] = {}
        for record_class in self._unsynced & self._segments.keys():
            try:
                self._segments[record_class].make_durable()
                self._stats.num_commits += 1
            except OSError:
                failures[record_class] = "sync_failed"
                self._leave(record_class)
        self._unsynced.clear()
        self._synced_at = time.monotonic()
        self.oldest_unsynced = None
        return failures

    def _leave(self, record_class: RecordClass) -> None:
        segment = self._segments.pop(record_class)
        with suppress(OSError):
            segment.close()
        self._left.append(segment.name)

    def _tell(self, entry: Entry, failures: Failures) -> None:
        reasons = [
            failures[line.record_class] for line in entry.lines if line.record_class in failures
        ]
        for line in entry.lines:
            if line.record_class in failures:
                self._stats.dropped(line.record_class, failures[line.record_class])
            else:
                self._stats.written(line.record_class, 1, len(line.data))
        if entry.done is None:
            return
        if reasons:
            entry.done.set_exception(LogUnavailable(f"not durable: {reasons[0]}"))
        else:
            entry.done.set_result(None)


def _word(error: OSError) -> str:
    return "disk_full" if error.errno in FULL else "io_error"
