"""Segments of the log, read line by line: plain JSONL or zstd, in constant memory.

A crash may have torn the end of a segment off; what stands before is read and the tear counted.
Lines with a checksum are held to it; logs of others may have none.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from eventlog.keys import open_words
from eventlog.lines import is_checked, is_whole
from eventlog.records import KINDS, Record, parse_record
from prompt_format import PromptFormatError

SEALED_SUFFIX = ".zst"
CHUNK_BYTES = 1 << 16

KeyLookup = Callable[[str], bytes | None]
"""The data key of a pseudonym; None if it was destroyed. ``UserKeys.key_named`` is one."""


@dataclass(slots=True)
class ReadCounts:
    """What a reader met, for a summary."""

    num_records: int = 0
    num_torn: int = 0
    """Segments whose end is missing."""
    num_invalid: int = 0
    """Lines that are damaged or no JSON, or records with a wrong field."""
    num_unknown: int = 0
    """Records of a kind that a later version introduced."""
    num_sealed: int = 0
    """Records whose words cannot be opened: their key was destroyed, or not given."""


def read_records(
    paths: Iterable[Path], counts: ReadCounts | None = None, keys: KeyLookup | None = None
) -> Iterator[Record]:
    """All records of the segments, in order. What cannot be read is counted and passed over."""
    counts = counts if counts is not None else ReadCounts()
    for path in paths:
        for _offset, fields in read_located(path, counts):
            record = to_record(fields, counts, keys)
            if record is not None:
                yield record


def read_located(path: Path, counts: ReadCounts) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of one segment as fields, each with its first byte in the uncompressed segment."""
    offset = 0
    for line in read_lines(path, counts):
        start, offset = offset, offset + len(line)
        try:
            fields = parse_line(line)
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
    if path.suffix != SEALED_SUFFIX:
        with path.open("rb") as file:
            for offset in wanted:
                file.seek(offset)
                yield offset, parse_line(file.readline())
        return
    left = iter(wanted)
    following, offset = next(left, None), 0
    for line in read_lines(path, ReadCounts()):
        if following is None:
            return
        if offset == following:
            yield offset, parse_line(line)
            following = next(left, None)
        offset += len(line)


def to_record(
    fields: dict[str, Any], counts: ReadCounts, keys: KeyLookup | None = None
) -> Record | None:
    """The record, counted; None for one that is invalid, sealed or of an unknown kind.

    A sealed record is never read without its words: a consent would seem to be for all projects.
    """
    kind = fields.get("kind")
    if isinstance(kind, str) and kind not in KINDS:
        counts.num_unknown += 1
        return None
    if "sealed" in fields:
        readable = opened(fields, keys)
        if readable is None:
            counts.num_sealed += 1
            return None
        fields = readable
    try:
        record = parse_record(fields)
    except (ValidationError, PromptFormatError):
        counts.num_invalid += 1
        return None
    counts.num_records += 1
    return record


def parse_line(line: bytes) -> Any:
    """The fields of a line. Raises ``ValueError`` if it is damaged, or no JSON."""
    if not is_checked(line):
        return json.loads(line)
    if not is_whole(line):
        raise ValueError("the checksum is wrong")
    fields = json.loads(line)
    del fields["crc"]
    return fields


def opened(fields: dict[str, Any], keys: KeyLookup | None) -> dict[str, Any] | None:
    """The fields of a sealed line with its words; None if ``keys`` do not open them."""
    user, event_id, sealed = fields.get("user"), fields.get("event_id"), fields["sealed"]
    if keys is None or not all(isinstance(each, str) for each in (user, event_id, sealed)):
        return None
    key = keys(str(user))
    words = None if key is None else open_words(sealed, key, str(event_id))
    if words is None:
        return None
    rest = {name: value for name, value in fields.items() if name != "sealed"}
    return rest | words


def read_lines(path: Path, counts: ReadCounts) -> Iterator[bytes]:
    """The lines of one segment, as they are."""
    with path.open("rb") as file:
        if path.suffix != SEALED_SUFFIX:
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
