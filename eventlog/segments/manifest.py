"""What was sealed: one line for each sealed segment, in the order of sealing."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from eventlog.segments.names import MANIFEST, PARTIAL_SUFFIX
from eventlog.segments.open_segment import sync_folder


class SealedSegment(BaseModel):
    """A sealed segment. ``crc`` is the CRC-32 of its uncompressed bytes."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str
    num_records: int
    num_bytes: int
    packed_bytes: int
    crc: str
    first_time: AwareDatetime | None = None
    last_time: AwareDatetime | None = None
    """Of the first and the last line; those between were written between."""
    schema_version: int


def read_manifest(folder: Path) -> Iterator[SealedSegment]:
    """The lines of a folder's manifest; one that a crash has torn is left out."""
    path = folder / MANIFEST
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        try:
            yield SealedSegment.model_validate_json(line)
        except ValidationError:
            continue


def manifest_stamp(folder: Path) -> tuple[int, ...]:
    """Another one whenever the manifest has changed."""
    try:
        found = (folder / MANIFEST).stat()
    except FileNotFoundError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


def add_to_manifest(folder: Path, sealed: SealedSegment) -> None:
    """Durably add a line, on one of its own even after a torn one. Raises ``OSError``."""
    path = folder / MANIFEST
    is_new = not path.exists()
    with path.open("ab") as file:
        is_torn = not is_new and file.tell() > 0 and not path.read_bytes().endswith(b"\n")
        file.write(b"\n" * is_torn + _line(sealed))
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync_folder(folder)


def filter_manifest(folder: Path, keeps: Callable[[SealedSegment], bool]) -> None:
    """Durably drop the lines of segments that are gone. Raises ``OSError``."""
    entries = list(read_manifest(folder))
    kept = [entry for entry in entries if keeps(entry)]
    if len(kept) == len(entries):
        return
    partial = folder / (MANIFEST + PARTIAL_SUFFIX)
    with partial.open("wb") as file:
        file.writelines(_line(entry) for entry in kept)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(folder / MANIFEST)
    sync_folder(folder)


def _line(sealed: SealedSegment) -> bytes:
    return json.dumps(sealed.model_dump(mode="json"), separators=(",", ":")).encode() + b"\n"
