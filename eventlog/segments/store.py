"""Sealed segments in an object store: S3, Google's, Azure's, or a folder, by URL.

A segment lies there under its own name, and beside it what the manifest says of it; that comes last
and goes first, so that what it speaks of is whole. Many logs may share one place: no two segments
have the same name. Credentials are looked for where each cloud's own tools look.
"""

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import zstandard
from pydantic import ValidationError

from eventlog.segments.errors import LogUnavailable, LogUnusable
from eventlog.segments.manifest import SealedSegment, add_to_manifest, read_manifest
from eventlog.segments.names import PARTIAL_SUFFIX, SEALED_SUFFIX, RecordClass, SegmentName
from eventlog.segments.retention import expire

ENTRY_SUFFIX = ".json"
CHUNK_BYTES = 1 << 20
RETRY = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
"""A server that stops does not wait for minutes; what is not stored then, the next start stores."""


class SegmentStore:
    """Raises ``LogUnusable`` for a URL that is none; every method may raise ``LogUnavailable``."""

    def __init__(self, url: str) -> None:
        try:
            import obstore
            import obstore.exceptions
            import obstore.store
        except ImportError:
            raise LogUnusable(
                "an object store wants the extra: pip install 'foretype-server[data]'"
            ) from None
        self._obstore: Any = obstore
        try:
            options: Any = {"mkdir": True} if url.startswith("file:") else {"retry_config": RETRY}
            self._store = obstore.store.from_url(url, **options)
        except (obstore.exceptions.BaseError, OSError, ValueError) as error:
            raise LogUnusable(f"object store: {_first_line(error)}") from None

    def entries(self) -> Iterator[SealedSegment]:
        """What the store holds whole."""
        with self._calls():
            listed = [each["path"] for batch in self._obstore.list(self._store) for each in batch]
        for path in sorted(listed):
            if path.endswith(SEALED_SUFFIX + ENTRY_SUFFIX):
                with self._calls():
                    text = bytes(self._obstore.get(self._store, path).bytes())
                try:
                    yield SealedSegment.model_validate_json(text)
                except ValidationError:
                    continue

    def put(self, folder: Path, entry: SealedSegment) -> None:
        """Store a segment of ``folder``, over one of the same name."""
        with self._calls():
            self._obstore.put(self._store, entry.name, folder / entry.name)
            described = entry.model_dump_json().encode()
            self._obstore.put(self._store, entry.name + ENTRY_SUFFIX, described)

    def get(self, entry: SealedSegment, folder: Path) -> None:
        """Bring a segment into ``folder``, listed in its manifest.

        Raises ``LogUnavailable`` also if it is not what the store says of it.
        """
        partial = folder / (entry.name + PARTIAL_SUFFIX)
        with self._calls(), partial.open("wb") as file:
            for chunk in self._obstore.get(self._store, entry.name).stream(CHUNK_BYTES):
                file.write(chunk)
        if _crc(partial) != entry.crc:
            partial.unlink()
            raise LogUnavailable(f"object store: {entry.name} is damaged")
        partial.rename(folder / entry.name)
        add_to_manifest(folder, entry)

    def remove(self, entry: SealedSegment) -> None:
        with self._calls():
            self._obstore.delete(self._store, entry.name + ENTRY_SUFFIX)
            self._obstore.delete(self._store, entry.name)

    @contextmanager
    def _calls(self) -> Iterator[None]:
        try:
            yield
        except (self._obstore.exceptions.BaseError, OSError) as error:
            raise LogUnavailable(f"object store: {type(error).__name__}") from None


def expire_in_store(
    store: SegmentStore, now: datetime, retention_seconds: Mapping[RecordClass, float]
) -> int:
    """As ``expire`` does it in a folder: counts stay on. How many segments went.

    Whichever server does it, and if two do: the outcome is the same.
    """
    num_expired = 0
    for entry in list(store.entries()):
        name = SegmentName.of(Path(entry.name))
        kept_for = None if name is None else retention_seconds.get(name.record_class)
        newest = entry.last_time or (None if name is None else name.began)
        if kept_for is None or newest is None or now - newest <= timedelta(seconds=kept_for):
            continue
        with TemporaryDirectory() as temporary:
            folder = Path(temporary)
            store.get(entry, folder)
            expire(folder, now, retention_seconds)
            for left in read_manifest(folder):
                store.put(folder, left)
        store.remove(entry)
        num_expired += 1
    return num_expired


def _crc(path: Path) -> str:
    """Of the uncompressed bytes; of a damaged segment none that fits."""
    crc = 0
    try:
        with path.open("rb") as file:
            lines = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
            while chunk := lines.read(CHUNK_BYTES):
                crc = zlib.crc32(chunk, crc)
    except zstandard.ZstdError:
        return ""
    return f"{crc:08x}"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
