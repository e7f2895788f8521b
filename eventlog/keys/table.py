"""Where wrapped data keys lie: nothing in it can be used without the master key.

``SqliteKeyTable`` is for one machine; any store with an atomic insert can take its place.
"""

import sqlite3
import threading
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from eventlog.keys.errors import KeyStoreUnusable

_TABLES = """
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS users (
    hash BLOB PRIMARY KEY, pseudonym TEXT NOT NULL UNIQUE, wrapped BLOB NOT NULL
) WITHOUT ROWID;
"""


class KeyRow(NamedTuple):
    """A user's pair. ``hash`` is a keyed hash of the user's id."""

    hash: bytes
    pseudonym: str
    wrapped: bytes


class KeyTable(Protocol):
    """Durable and safe to use from several threads. May raise ``KeyStoreUnusable``."""

    def secret(self, name: str, wrapped: bytes) -> bytes:
        """The secret of that name; ``wrapped`` from now on, if there is none."""
        ...

    def add(self, row: KeyRow) -> KeyRow:
        """The row of that hash; ``row`` from now on, if there is none."""
        ...

    def find(self, user_hash: bytes) -> KeyRow | None: ...

    def find_pseudonym(self, pseudonym: str) -> KeyRow | None: ...

    def remove(self, pseudonym: str) -> None: ...


class SqliteKeyTable:
    """A file of its own. What is deleted is overwritten at once."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(0o600)
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute("PRAGMA secure_delete = ON")
            self._database.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise KeyStoreUnusable(f"{path}: {error}") from None

    def secret(self, name: str, wrapped: bytes) -> bytes:
        self._run("INSERT OR IGNORE INTO secrets VALUES (?, ?)", name, wrapped)
        rows = self._run("SELECT wrapped FROM secrets WHERE name = ?", name)
        return bytes(rows[0][0])

    def add(self, row: KeyRow) -> KeyRow:
        self._run("INSERT OR IGNORE INTO users VALUES (?, ?, ?)", *row)
        found = self.find(row.hash)
        assert found is not None
        return found

    def find(self, user_hash: bytes) -> KeyRow | None:
        rows = self._run("SELECT * FROM users WHERE hash = ?", user_hash)
        return KeyRow(*rows[0]) if rows else None

    def find_pseudonym(self, pseudonym: str) -> KeyRow | None:
        rows = self._run("SELECT * FROM users WHERE pseudonym = ?", pseudonym)
        return KeyRow(*rows[0]) if rows else None

    def remove(self, pseudonym: str) -> None:
        self._run("DELETE FROM users WHERE pseudonym = ?", pseudonym)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def _run(self, statement: str, *values: object) -> list[Any]:
        try:
            with self._lock:
                return self._database.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise KeyStoreUnusable(f"keys: {error}") from None
