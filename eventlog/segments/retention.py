"""Whole segments go when the time of their class is over; counts that came with text stay on.

A segment is as old as the newest record in it.
"""

import io
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from eventlog.lines import checked_line, is_whole
from eventlog.segments.manifest import add_to_manifest, filter_manifest, read_manifest
from eventlog.segments.names import SEALED_SUFFIX, RecordClass, SegmentName, segments_in
from eventlog.segments.open_segment import sync_folder
from eventlog.segments.sealing import pack

_SEALED_FIELD = re.compile(rb',"sealed":"[A-Za-z0-9+/=]*"')
_CRC_FIELD = re.compile(rb',"crc":"[0-9a-f]{8}"}\n$')


def expire(folder: Path, now: datetime, retention_seconds: Mapping[RecordClass, float]) -> int:
    """Remove what is kept for too long. How many segments went. Raises ``OSError``.

    A text segment is first copied without its text, as a segment of counts that is as old.
    """
    last_times = {entry.name: entry.last_time for entry in read_manifest(folder)}
    expired = []
    for name, path in segments_in(folder, SEALED_SUFFIX):
        kept_for = retention_seconds.get(name.record_class)
        newest = last_times.get(path.name) or name.began
        if kept_for is not None and now - newest > timedelta(seconds=kept_for):
            expired.append((name, path))
    for name, path in expired:
        if name.record_class is RecordClass.TEXT:
            with suppress(zstandard.ZstdError):  # damaged: its text goes nevertheless
                _keep_counts(folder, name, path)
        path.unlink()
    if expired:
        gone = {path.name for _name, path in expired}
        filter_manifest(folder, lambda entry: entry.name not in gone)
        sync_folder(folder)
    return len(expired)


def _keep_counts(folder: Path, name: SegmentName, path: Path) -> None:
    target = SegmentName(RecordClass.COUNTS, name.ulid).sealed_in(folder)
    with path.open("rb") as file:
        frames = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        lines = cast(BinaryIO, io.BufferedReader(frames))
        add_to_manifest(folder, pack(lines, target, _without_text))


def _without_text(line: bytes) -> bytes:
    """The line without its sealed part; one that is damaged is left as it is."""
    if not is_whole(line):
        return line
    return checked_line(_CRC_FIELD.sub(b"}", _SEALED_FIELD.sub(b"", line)))
