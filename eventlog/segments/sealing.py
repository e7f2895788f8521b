"""From an open segment to a sealed one: compressed, checked, listed, and only then replaced.

A crash between any two steps leaves either the open file or the whole sealed one, and recovery goes
on from there. Nothing here looks at single lines, so sealing holds no other thread up.
"""

import os
import re
import zlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import zstandard

from eventlog.records import SCHEMA_VERSION
from eventlog.segments.manifest import SealedSegment, add_to_manifest, read_manifest
from eventlog.segments.names import PARTIAL_SUFFIX, SegmentName
from eventlog.segments.open_segment import sync_folder

CHUNK_BYTES = 1 << 20
HEAD_BYTES = 512
LEVEL = 3

_TIME = re.compile(rb'"time":"([^"]+)"')


def seal(folder: Path, name: SegmentName) -> SealedSegment | None:
    """Seal an open segment that nobody writes any more; None if it is empty. Raises ``OSError``."""
    source, target = name.open_in(folder), name.sealed_in(folder)
    if not source.stat().st_size:
        source.unlink()
        return None
    sealed = next((entry for entry in read_manifest(folder) if entry.name == target.name), None)
    if sealed is None or not target.exists():
        with source.open("rb") as lines:
            sealed = pack(lines, target)
        add_to_manifest(folder, sealed)
    source.unlink()
    sync_folder(folder)
    return sealed


def pack(
    lines: BinaryIO, target: Path, change: Callable[[bytes], bytes] | None = None
) -> SealedSegment:
    """Compress lines into ``target``, which appears when it is whole and durable.

    ``change`` is what to make of each line. Raises ``OSError``.
    """
    partial = target.with_name(target.name + PARTIAL_SUFFIX)
    with partial.open("wb") as packed:
        summary = _Summary()
        compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        with compressor.stream_writer(packed, closefd=False) as stream:
            while chunk := _whole_lines(lines):
                if change is not None:
                    chunk = b"".join(map(change, chunk.splitlines(keepends=True)))
                summary.add(chunk)
                stream.write(chunk)
        packed.flush()
        os.fsync(packed.fileno())
        packed_bytes = packed.tell()
    partial.rename(target)
    sync_folder(target.parent)
    return summary.of(target.name, packed_bytes)


class _Summary:
    def __init__(self) -> None:
        self._num_records = self._num_bytes = self._crc = 0
        self._first = self._last = b""

    def add(self, chunk: bytes) -> None:
        self._num_records += chunk.count(b"\n")
        self._num_bytes += len(chunk)
        self._crc = zlib.crc32(chunk, self._crc)
        self._first = self._first or chunk[:HEAD_BYTES]
        last = chunk.rfind(b"\n", 0, -1) + 1
        self._last = chunk[last : last + HEAD_BYTES]

    def of(self, name: str, packed_bytes: int) -> SealedSegment:
        return SealedSegment(
            name=name,
            num_records=self._num_records,
            num_bytes=self._num_bytes,
            packed_bytes=packed_bytes,
            crc=f"{self._crc:08x}",
            first_time=_time(self._first),
            last_time=_time(self._last),
            schema_version=SCHEMA_VERSION,
        )


def _whole_lines(file: BinaryIO) -> bytes:
    chunk = file.read(CHUNK_BYTES)
    return chunk if chunk.endswith(b"\n") else chunk + file.readline()


def _time(head: bytes) -> datetime | None:
    found = _TIME.search(head)
    try:
        return datetime.fromisoformat(found[1].decode()) if found else None
    except ValueError:
        return None
