"""The newest records of a log, and those that come."""

import heapq
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eventlog.opening import segments_of
from eventlog.reading import SEALED_SUFFIX, KeyLookup, ReadCounts, opened, parse_line, read_lines
from eventlog.segments.names import SegmentName

POLL_SECONDS = 0.3


def tail(
    folder: Path, num_lines: int, *, follow: bool = False, keys: KeyLookup | None = None
) -> Iterator[str]:
    """The last records as JSON, in order of time; with ``follow``, then each that is written.

    Words that ``keys`` do not open are left out, and the rest of the record shown.
    """
    reader = _Reader(folder)
    newest = heapq.nlargest(num_lines, reader.new(), key=_time)
    yield from (_shown(fields, keys) for fields in reversed(newest))
    while follow:
        time.sleep(POLL_SECONDS)
        yield from (_shown(fields, keys) for fields in sorted(reader.new(), key=_time))


class _Reader:
    """Gives every line of a folder once, also if its segment is sealed meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, int] = {}
        """Bytes of each segment that have been given out."""
        self._done: set[str] = set()

    def new(self) -> Iterator[dict[str, Any]]:
        for path in segments_of(self._folder):
            name = SegmentName.of(path)
            if name is None or name.stem in self._done:
                continue
            try:
                yield from self._new_of(name.stem, path)
            except FileNotFoundError:
                continue  # it was sealed a moment ago: the next look finds it under its new name
            if path.suffix == SEALED_SUFFIX:
                self._done.add(name.stem)

    def _new_of(self, stem: str, path: Path) -> Iterator[dict[str, Any]]:
        offset = 0
        for line in read_lines(path, ReadCounts()):
            if not line.endswith(b"\n"):
                return
            offset += len(line)
            if offset <= self._read.get(stem, 0):
                continue
            self._read[stem] = offset
            try:
                fields = parse_line(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(fields, dict):
                yield fields


def _time(fields: dict[str, Any]) -> str:
    return str(fields.get("time", ""))


def _shown(fields: dict[str, Any], keys: KeyLookup | None) -> str:
    if "sealed" in fields:
        rest = {name: value for name, value in fields.items() if name != "sealed"}
        fields = opened(fields, keys) or {**rest, "is_sealed": True}
    return json.dumps(fields, ensure_ascii=False)
