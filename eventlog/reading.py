"""Segments of the log, read line by line: plain JSONL or zstd, in constant memory.

A crash may have torn the end of a segment off; what stands before is read and the tear counted.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from eventlog.records import KINDS, Record, parse_record
from prompt_format import PromptFormatError

ZSTD_SUFFIX = ".zst"
CHUNK_BYTES = 1 << 16


@dataclass(slots=True)
class ReadCounts:
    """What a reader met, for a summary."""

    num_records: int = 0
    num_torn: int = 0
    """Segments whose end is missing."""
    num_invalid: int = 0
    """Lines that are no JSON, or records with a wrong field."""
    num_unknown: int = 0
    """Records of a kind that a later version introduced."""


def read_records(paths: Iterable[Path], counts: ReadCounts | None = None) -> Iterator[Record]:
    """All records of the segments, in order. What cannot be read is counted and passed over."""
    counts = counts if counts is not None else ReadCounts()
    for path in paths:
        for _offset, fields in read_located(path, counts):
            record = to_record(fields, counts)
            if record is not None:
                yield record


def read_located(path: Path, counts: ReadCounts) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of one segment as fields, each with its first byte in the uncompressed segment."""
    offset = 0
    for line in _lines(path, counts):
        start, offset = offset, offset + len(line)
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):  # no JSON, no UTF-8, or nested beyond measure
            if line.endswith(b"\n"):
                counts.num_invalid += 1
            else:
                counts.num_torn += 1
            continue
        if isinstance(fields, dict):
            yield start, fields
        else:
            counts.num_invalid += 1


def read_at(path: Path, offsets: Iterable[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of one segment that begin at ``offsets``, as ``read_located`` gave them."""
    wanted = sorted(offsets)
    if path.suffix != ZSTD_SUFFIX:
        with path.open("rb") as file:
            for offset in wanted:
                file.seek(offset)
                yield offset, json.loads(file.readline())
        return
    left = iter(wanted)
    following, offset = next(left, None), 0
    for line in _lines(path, ReadCounts()):
        if following is None:
            return
        if offset == following:
            yield offset, json.loads(line)
            following = next(left, None)
        offset += len(line)


def to_record(fields: dict[str, Any], counts: ReadCounts) -> Record | None:
    """The record, counted; None for one that is invalid or of an unknown kind."""
    kind = fields.get("kind")
    if isinstance(kind, str) and kind not in KINDS:
        counts.num_unknown += 1
        return None
    try:
        record = parse_record(fields)
    except (ValidationError, PromptFormatError):
        counts.num_invalid += 1
        return None
    counts.num_records += 1
    return record


def _lines(path: Path, counts: ReadCounts) -> Iterator[bytes]:
    with path.open("rb") as file:
        if path.suffix != ZSTD_SUFFIX:
            yield from file
            return
        yield from _unpacked(file, counts)


def _unpacked(file: BinaryIO, counts: ReadCounts) -> Iterator[bytes]:
    """The lines of one frame after another; a frame without its end counts as a tear."""
    import zstandard  # plain segments do not need it

    frame, rest = None, b""
    try:
        while packed := file.read(CHUNK_BYTES):
            while packed:
                frame = frame or zstandard.ZstdDecompressor().decompressobj()
                lines = (rest + frame.decompress(packed)).split(b"\n")
                rest = lines.pop()
                yield from (line + b"\n" for line in lines)
                packed = frame.unused_data if frame.eof else b""
                frame = None if frame.eof else frame
        num_torn = int(frame is not None)
    except zstandard.ZstdError:
        num_torn = 1
    counts.num_torn += num_torn
    if rest and not num_torn:
        yield rest
