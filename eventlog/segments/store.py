"""Sealed segments in an object store: S3, Google's, Azure's, or a folder, by URL.

A segment lies there under its own name, and beside it what the manifest says of it; that comes last
and goes first, so that what it speaks of is whole. Many logs may share one place: no two segments
have the same name. Credentials are looked for where each cloud's own tools look.
"""

import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import zstandard
from pydantic import ValidationError

from eventlog.segments.errors import LogUnavailable, LogUnusable
from eventlog.segments.manifest import SealedSegment, add_to_manifest, read_manifest
from eventlog.segments.names import PARTIAL_SUFFIX, SEALED_SUFFIX, RecordClass, SegmentName
from eventlog.segments.retention import expire

ENTRY_SUFFIX = ".json"
CHUNK_BYTES = 1 << 20
NUM_PARTS = 2
"""Of a segment under way at a time: each has to be answered within ``read_timeout``."""
MAX_OPENINGS = 100
RETRY = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
CLIENT = {"connect_timeout": "2s", "read_timeout": "10s"}
ENVIRONMENT = MappingProxyType({"s3": "AWS_", "gcs": "GOOGLE_", "azure": "AZURE_"})
ENVIRONMENT_OPTIONS = (
    *("allow_http", "allow_invalid_certificates", "connect_timeout", "read_timeout", "timeout"),
    *("proxy_url", "proxy_ca_certificate", "proxy_excludes", "user_agent"),
)


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
            if url.startswith("file:"):
                options: dict[str, Any] = {"mkdir": True}
            else:
                prefix = ENVIRONMENT.get(obstore.parse_scheme(url), "")
                options = {"retry_config": RETRY, "client_options": _client_options(prefix)}
            self._store = obstore.store.from_url(url, **options)
        except (obstore.exceptions.BaseError, OSError, ValueError) as error:
            raise LogUnusable(f"object store: {_first_line(error)}") from None
        self.last_times: dict[str, datetime | None] = {}
        """Of the segments that were put or opened; what is said of one never changes."""

    def names(self) -> dict[str, bool]:
        """The segments that lie here, opening none; True if what is said of one does, too."""
        with self._calls():
            paths = {each["path"] for batch in self._obstore.list(self._store) for each in batch}
        names = {path.removesuffix(ENTRY_SUFFIX) for path in paths}
        return {
            name: {name, name + ENTRY_SUFFIX} <= paths
            for name in sorted(names)
            if "/" not in name and name.endswith(SEALED_SUFFIX) and SegmentName.of(Path(name))
        }

    def entries(self) -> Iterator[SealedSegment]:
        """What the store holds whole."""
        for name, is_whole in self.names().items():
            entry = self.entry(name) if is_whole else None
            if entry is not None:
                yield entry

    def entry(self, name: str) -> SealedSegment | None:
        """What is said of a segment; None if that is gone or damaged."""
        try:
            with self._calls():
                text = bytes(self._obstore.get(self._store, name + ENTRY_SUFFIX).bytes())
            entry = SealedSegment.model_validate_json(text)
        except _Missing:
            return None
        except ValidationError:
            self.last_times[name] = None
            return None
        self.last_times[name] = entry.last_time
        return entry if entry.name == name else None

    def put(self, folder: Path, entry: SealedSegment) -> None:
        """Store a segment of ``folder``, over one of the same name."""
        described = entry.model_dump_json().encode()
        with self._calls():
            self._obstore.put(
                self._store, entry.name, folder / entry.name, max_concurrency=NUM_PARTS
            )
            self._obstore.put(self._store, entry.name + ENTRY_SUFFIX, described)
        self.last_times[entry.name] = entry.last_time

    def get(self, entry: SealedSegment, folder: Path) -> None:
        """As ``bring``; raises ``LogUnavailable`` also if the segment is damaged."""
        if not self.bring(entry, folder):
            raise LogUnavailable(f"object store: {entry.name} is damaged")

    def bring(self, entry: SealedSegment, folder: Path) -> bool:
        """Bring a segment into ``folder``, listed in its manifest.

        False, and it does not come, if it is not what the store says of it.
        """
        partial = folder / (entry.name + PARTIAL_SUFFIX)
        with self._calls(), partial.open("wb") as file:
            for chunk in self._obstore.get(self._store, entry.name).stream(CHUNK_BYTES):
                file.write(chunk)
        if _crc(partial) != entry.crc:
            partial.unlink()
            return False
        partial.rename(folder / entry.name)
        add_to_manifest(folder, entry)
        return True

    def remove(self, name: str) -> None:
        """Remove a segment and what is said of it, or what is left of the two."""
        for path in (name + ENTRY_SUFFIX, name):
            with suppress(_Missing), self._calls():
                self._obstore.delete(self._store, path)
        self.last_times.pop(name, None)

    @contextmanager
    def _calls(self) -> Iterator[None]:
        try:
            yield
        except (self._obstore.exceptions.NotFoundError, FileNotFoundError):
            raise _Missing("object store: it is not there") from None
        except (self._obstore.exceptions.BaseError, OSError) as error:
            raise LogUnavailable(f"object store: {type(error).__name__}") from None


class _Missing(LogUnavailable):
    """An object that is not there, or the bucket."""


def expire_in_store(
    store: SegmentStore,
    now: datetime,
    retention_seconds: Mapping[RecordClass, float],
    is_stopping: Callable[[], bool] = lambda: False,
) -> int:
    """As ``expire`` does it in a folder: counts stay on. How many segments went.

    Whichever server does it, and if two do: the outcome is the same. What fails with one segment
    does not keep the others. Most end soon after they began, as their names say, so few are opened:
    those that began too long ago, and each time some more, as one may hold what was collected late.
    """
    num_expired, num_openings = 0, MAX_OPENINGS
    for name, is_whole in store.names().items():
        if is_stopping():
            break
        segment = SegmentName.of(Path(name))
        kept_for = None if segment is None else retention_seconds.get(segment.record_class)
        if segment is None or kept_for is None:
            continue
        kept = timedelta(seconds=kept_for)
        is_young = now - segment.began <= kept
        try:
            if is_whole and name not in store.last_times:
                if is_young and not num_openings:
                    continue
                num_openings -= is_young
                store.entry(name)
            if now - (store.last_times.get(name) or segment.began) > kept:
                is_text = segment.record_class is RecordClass.TEXT
                if is_text and is_whole and (entry := store.entry(name)):
                    _keep_counts(store, entry, now, retention_seconds)
                store.remove(name)
                num_expired += 1
        except (LogUnavailable, OSError):
            continue
    return num_expired


def _keep_counts(
    store: SegmentStore,
    entry: SealedSegment,
    now: datetime,
    retention_seconds: Mapping[RecordClass, float],
) -> None:
    """Those of a text segment that is damaged are lost: its text has to go nevertheless."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if store.bring(entry, folder):
            expire(folder, now, retention_seconds)
            for left in read_manifest(folder):
                store.put(folder, left)


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


def _client_options(prefix: str) -> dict[str, str]:
    """A client that is told anything forgets what the environment says, so that is told, too."""
    told = {name: os.environ.get(prefix + name.upper()) for name in ENVIRONMENT_OPTIONS}
    return CLIENT | {name: value for name, value in told.items() if prefix and value}


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
