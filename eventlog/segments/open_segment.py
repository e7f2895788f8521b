"""The segment that is being written: appended to, made durable, cut back to its last whole line."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from eventlog.segments.names import RecordClass, SegmentName


@dataclass(slots=True)
class OpenSegment:
    """An append-only file. Every method may raise ``OSError``."""

    name: SegmentName
    path: Path
    descriptor: int
    num_bytes: int = 0
    """Of whole lines."""
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def create(cls, folder: Path, record_class: RecordClass) -> "OpenSegment":
        name = SegmentName.new(record_class)
        path = name.open_in(folder)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            sync_folder(folder)
        except OSError:
            os.close(descriptor)
            raise
        return cls(name, path, descriptor)

    @property
    def age_seconds(self) -> float:
        return time.monotonic() - self.began

    def append(self, lines: bytes) -> None:
        """Write whole lines. After an error, ``cut_back`` before anything else."""
        left = memoryview(lines)
        while left:
            left = left[os.write(self.descriptor, left) :]
        self.num_bytes += len(lines)

    def cut_back(self) -> None:
        """Take away what an append that failed has left."""
        os.ftruncate(self.descriptor, self.num_bytes)

    def make_durable(self) -> None:
        """Wait until all that was appended is on the disk.

        After an error nobody knows what is there: the segment must not be written any further.
        """
        os.fdatasync(self.descriptor)

    def close(self) -> None:
        os.close(self.descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises ``OSError``."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
