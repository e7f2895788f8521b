"""The rollout of one machine, in a file that several of its processes may have open at once."""

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from rollout.errors import StaleRevision
from rollout.experiments.state import RolloutState
from rollout.store.base import AuditEntry
from rollout.store.entries import read_entry, read_state, state_to_save
from rollout.store.file import StoreFile

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
        self._file = StoreFile(path, _TABLES)

    def load(self) -> RolloutState:
        with self._file.opened() as file:
            rows = file.run("SELECT fields FROM state")
        return read_state(rows[0][0]) if rows else RolloutState()

    def save(self, entry: AuditEntry) -> None:
        state = state_to_save(entry)
        with self._file.opened() as file, file.transaction() as database:
            if _has(database, entry):
                return
            _check_revision(database, entry.revision - 1)
            database.execute(
                "INSERT OR REPLACE INTO state VALUES (1, ?, ?)",
                (entry.revision, state.model_dump_json()),
            )
            _add(database, entry)

    def note(self, entry: AuditEntry) -> None:
        with self._file.opened() as file, file.transaction() as database:
            if not _has(database, entry):
                _check_revision(database, entry.revision)
                _add(database, entry)

    def history(self, limit: int = 100) -> Sequence[AuditEntry]:
        statement = "SELECT fields FROM history ORDER BY number DESC LIMIT ?"
        with self._file.opened() as file:
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
        with self._file.opened() as file, file.transaction() as database:
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
        with self._file.opened() as file:
            file.run("DELETE FROM lease WHERE holder = ?", holder)

    def close(self) -> None:
        self._file.close()

    def _revision(self) -> int:
        with self._file.opened() as file:
            rows = file.run("SELECT revision FROM state")
        return int(rows[0][0]) if rows else 0


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
