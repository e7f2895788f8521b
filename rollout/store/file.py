"""A file that another one may replace at any time, as a backup does: then that is the file."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventlog.sqlite_file import SqliteFile
from rollout.errors import RolloutError, StoreUnavailable


class OpenFile(SqliteFile):
    """A file where what is written may depend on what is found."""

    def __init__(self, path: Path, tables: str) -> None:
        # Before it is opened: one that comes between is seen at the next look.
        before = _identity(path)
        super().__init__(path, tables, unusable=RolloutError, failed=StoreUnavailable)
        self.identity = before or _identity(path)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Alone with the file, among threads and processes; all that is done, or nothing if this
        is left by an exception."""
        try:
            with self._lock, self._database:
                self._database.execute("BEGIN IMMEDIATE")
                yield self._database
        except sqlite3.Error as error:
            raise self._failed(f"{self._path.name}: {error}") from None


class StoreFile:
    """Made if there is none. Safe from any thread.

    Raises ``RolloutError`` if the file at ``path`` cannot be used.
    """

    def __init__(self, path: Path, tables: str) -> None:
        self._path = path
        self._tables = tables
        self._lock = threading.Lock()
        self._file = OpenFile(path, tables)

    @contextmanager
    def opened(self) -> Iterator[OpenFile]:
        """The file that is there now. One that is away, or is still being copied, is waited for:
        another one in its place would hold nothing. Raises ``StoreUnavailable``."""
        with self._lock:
            there = _identity(self._path)
            if there is None:
                raise StoreUnavailable(f"{self._path.name}: the file is away")
            if there != self._file.identity:
                self._reopen()
            yield self._file

    def close(self) -> None:
        self._file.close()

    def _reopen(self) -> None:
        try:
            replaced, self._file = self._file, OpenFile(self._path, self._tables)
        except RolloutError as error:
            raise StoreUnavailable(str(error)) from None
        replaced.close()


def is_there(path: Path) -> bool:
    """Whether there is a file with something in it."""
    return _identity(path) is not None


def _identity(path: Path) -> tuple[int, int] | None:
    """Of the file at a path; None if there is none, or nothing in it yet."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found.st_size else None
