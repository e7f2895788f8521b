"""How segments are named: their class, then the time of their first record, so they sort by it.

``counts-01J….jsonl.open`` is being written; sealed it is ``counts-01J….jsonl.zst``. Retention and
readers go by the name alone.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ulid import ULID

OPEN_SUFFIX = ".jsonl.open"
SEALED_SUFFIX = ".jsonl.zst"
PARTIAL_SUFFIX = ".partial"
MANIFEST = "manifest.jsonl"

_NAME = re.compile(
    r"(?P<record_class>[a-z]+)-(?P<ulid>[0-7][0-9A-HJKMNP-TV-Z]{25})(\.jsonl\.(open|zst))"
)


class RecordClass(StrEnum):
    """What kept records have in common: for how long, and what is shed first."""

    TEXT = "text"
    """With someone's code, sealed. Shed first, kept for the shortest time."""
    COUNTS = "counts"
    """Without a word of anyone's."""
    CONSENT = "consent"
    """What was allowed, revoked and deleted. Never shed."""


@dataclass(frozen=True, slots=True)
class SegmentName:
    """A segment's name, read."""

    record_class: RecordClass
    ulid: ULID

    @classmethod
    def new(cls, record_class: RecordClass) -> "SegmentName":
        return cls(record_class, ULID())

    @classmethod
    def of(cls, path: Path) -> "SegmentName | None":
        """The name of a file; None if it is no segment's."""
        match = _NAME.fullmatch(path.name)
        if match is None or match["record_class"] not in set(RecordClass):
            return None
        return cls(RecordClass(match["record_class"]), ULID.from_str(match["ulid"]))

    @property
    def began(self) -> datetime:
        return self.ulid.datetime

    @property
    def stem(self) -> str:
        return f"{self.record_class}-{self.ulid}"

    def open_in(self, folder: Path) -> Path:
        return folder / (self.stem + OPEN_SUFFIX)

    def sealed_in(self, folder: Path) -> Path:
        return folder / (self.stem + SEALED_SUFFIX)


def segments_in(folder: Path, suffix: str) -> list[tuple[SegmentName, Path]]:
    """The segments of a folder whose names end so, oldest first within a class."""
    named = ((SegmentName.of(path), path) for path in sorted(folder.glob(f"*{suffix}")))
    return [(name, path) for name, path in named if name is not None]
