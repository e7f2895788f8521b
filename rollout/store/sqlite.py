"""The rollout of one machine, in a file that several of its processes may have open at once.

The file may be replaced by another one, as by a backup: then that is the rollout.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from eventlog.sqlite_file import SqliteFile
from rollout.errors import RolloutError, StaleRevision, StoreUnavailable
from rollout.experiments.state import RolloutState
from rollout.store.base import AuditEntry
from rollout.store.entries import read_entry, read_state, state_to_save

LOOK_SECONDS = 0.1
"""How often a process looks whether another one has changed something."""

# EXTRA: after a loss of power, a journal whose deletion is lost too would undo what was saved.
_TABLES = """
PRAGMA synchronous = EXTRA;
CREATE TABLE IF NOT EXISTS state (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1), revision INTEGER NOT NULL,
    fields TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS history (
    number INTEGER PRIMARY KEY AUTOINCREMENT, entry_id TEXT NOT NULL UNIQUE, fields TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS lease (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1), holder TEXT NOT NULL,
    since REAL NOT NULL, seconds REAL NOT NULL
);
"""


class SqliteRolloutStore:
    """See ``RolloutStore``. Raises ``RolloutError`` if the file cannot be used.

    Leases run on the clock that counts since the machine was started: all its processes share it,
    and nobody sets it. It stands still while the machine sleeps, as the leader does. After a
    restart of the machine, a lease of before is over, or at the latest after its own length.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file = _StoreFile(path)

    def load(self) -> RolloutState:
        with self._opened() as file:
            rows = file.run("SELECT fields FROM state")
        return read_state(rows[0][0]) if rows else RolloutState()

    def save(self, entry: AuditEntry) -> None:
        state = state_to_save(entry)
        with self._opened() as file, file.transaction() as database:
            if _has(database, entry):
                return
            _check_revision(database, entry.revision - 1)
            database.execute(
                "INSERT OR REPLACE INTO state VALUES (1, ?, ?)",
                (entry.revision, state.model_dump_json()),
            )
            _add(database, entry)

    def note(self, entry: AuditEntry) -> None:
        with self._opened() as file, file.transaction() as database:
            if not _has(database, entry):
                _check_revision(database, entry.revision)
                _add(database, entry)

    def history(self, limit: int = 100) -> Sequence[AuditEntry]:
        statement = "SELECT fields FROM history ORDER BY number DESC LIMIT ?"
        with self._opened() as file:
            rows = file.run(statement, max(limit, 0))
        return [read_entry(fields) for (fields,) in rows]

    def wait_for_change(self, revision: int, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while self._revision() == revision:
            left = until - time.monotonic()
            if left <= 0.0:
                return False
            time.sleep(min(LOOK_SECONDS, left))
        return True

    def lead(self, holder: str, seconds: float) -> bool:
        with self._opened() as file, file.transaction() as database:
            # Only now: who waited for the file must not take an old instant for the present.
            now = time.monotonic()
            leaders = database.execute(
                "SELECT holder FROM lease WHERE since <= ? AND ? < since + seconds", (now, now)
            ).fetchall()
            if leaders and leaders[0][0] != holder:
                return False
            database.execute(
                "INSERT OR REPLACE INTO lease VALUES (1, ?, ?, ?)", (holder, now, seconds)
            )
        return True

    def resign(self, holder: str) -> None:
        with self._opened() as file:
            file.run("DELETE FROM lease WHERE holder = ?", holder)

    def close(self) -> None:
        self._file.close()

    @contextmanager
    def _opened(self) -> Iterator["_StoreFile"]:
        """The file that is there now. One that is away, or is still being copied, is waited for:
        another one in its place would hold nothing."""
        with self._lock:
            there = _identity(self._path)
            if there is None:
                raise StoreUnavailable(f"{self._path.name}: the file is away")
            if there != self._file.identity:
                self._reopen()
            yield self._file

    def _reopen(self) -> None:
        try:
            replaced, self._file = self._file, _StoreFile(self._path)
        except RolloutError as error:
            raise StoreUnavailable(str(error)) from None
        replaced.close()

    def _revision(self) -> int:
        with self._opened() as file:
            rows = file.run("SELECT revision FROM state")
        return int(rows[0][0]) if rows else 0


class _StoreFile(SqliteFile):
    """A file where what is written may depend on what is found."""

    def __init__(self, path: Path) -> None:
        # Before it is opened: one that comes between is seen at the next look.
        before = _identity(path)
        super().__init__(path, _TABLES, unusable=RolloutError, failed=StoreUnavailable)
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


def _identity(path: Path) -> tuple[int, int] | None:
    """Of the file at a path; None if there is none, or nothing in it yet."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found.st_size else None


def _check_revision(database: sqlite3.Connection, wanted: int) -> None:
    """Raises ``StaleRevision`` if another one is in force."""
    rows = database.execute("SELECT revision FROM state").fetchall()
    revision = rows[0][0] if rows else 0
    if revision != wanted:
        raise StaleRevision(f"revision {revision} is in force: look again")


def _has(database: sqlite3.Connection, entry: AuditEntry) -> bool:
    """Whether it was written before, and only the answer was lost."""
    found = database.execute("SELECT 1 FROM history WHERE entry_id = ?", (entry.entry_id,))
    return found.fetchone() is not None


def _add(database: sqlite3.Connection, entry: AuditEntry) -> None:
    database.execute(
        "INSERT INTO history (entry_id, fields) VALUES (?, ?)",
        (entry.entry_id, entry.model_dump_json()),
    )
