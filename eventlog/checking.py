"""Is what lies in a log's folder what was written? Line by line, and against the manifest."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eventlog.lines import is_whole
from eventlog.reading import ReadCounts, read_lines
from eventlog.segments.manifest import SealedSegment, read_manifest
from eventlog.segments.names import OPEN_SUFFIX, SEALED_SUFFIX, segments_in


@dataclass(frozen=True, slots=True)
class SegmentReport:
    """What was found in one segment. ``problem`` is None if all is as it was written."""

    name: str
    num_records: int
    num_bytes: int
    problem: str | None


def check(folder: Path) -> Iterator[SegmentReport]:
    """A report for each segment that is there or should be."""
    listed = {entry.name: entry for entry in read_manifest(folder)}
    for _name, path in segments_in(folder, SEALED_SUFFIX):
        yield _report(path, listed.pop(path.name, None), is_sealed=True)
    for _name, path in segments_in(folder, OPEN_SUFFIX):
        yield _report(path, None, is_sealed=False)
    for entry in listed.values():
        yield SegmentReport(entry.name, entry.num_records, entry.num_bytes, "missing")


def _report(path: Path, listed: SealedSegment | None, *, is_sealed: bool) -> SegmentReport:
    num_records = num_bytes = num_damaged = crc = 0
    counts = ReadCounts()
    for line in read_lines(path, counts):
        num_records += 1
        num_bytes += len(line)
        num_damaged += not is_whole(line)
        crc = zlib.crc32(line, crc)
    problem = None
    if num_damaged:
        problem = f"{num_damaged} damaged lines"
    elif counts.num_torn:
        problem = "torn"
    elif is_sealed and listed is None:
        problem = "not in the manifest"
    elif listed and (listed.num_records, listed.crc) != (num_records, f"{crc:08x}"):
        problem = "not what the manifest says"
    return SegmentReport(path.name, num_records, num_bytes, problem)
