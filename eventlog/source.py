"""Where the lines of a log can be read again, wherever it lies."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from eventlog.opening import segments_of
from eventlog.reading import ReadCounts, read_lines
from eventlog.segments import RecordClass


class LogSource(Protocol):
    """A log as it is now."""

    def lines(self, record_class: RecordClass | None = None) -> Iterator[bytes]:
        """All lines, of one class or all; of a class and a user oldest first. Damaged ones, too.

        Raises ``LogUnavailable``.
        """
        ...


class FolderSource:
    """Segments in a folder that may be written meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lines(self, record_class: RecordClass | None = None) -> Iterator[bytes]:
        for path in segments_of(self._folder, record_class):
            try:
                yield from read_lines(path, ReadCounts())
            except FileNotFoundError:
                continue  # sealed a moment ago; it is read under its other name
