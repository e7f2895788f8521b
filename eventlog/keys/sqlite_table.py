"""Wrapped data keys of one machine, in a file."""

from pathlib import Path

from eventlog.keys.errors import KeyStoreUnusable
from eventlog.keys.table import KeyRow
from eventlog.sqlite_file import SqliteFile

_TABLES = """
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS users (
    hash BLOB PRIMARY KEY, pseudonym TEXT NOT NULL UNIQUE, wrapped BLOB NOT NULL
) WITHOUT ROWID;
"""


class SqliteKeyTable:
    """See ``KeyTable``."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _TABLES, unusable=KeyStoreUnusable, failed=KeyStoreUnusable)

    def secret(self, name: str, wrapped: bytes) -> bytes:
        self._file.run("INSERT OR IGNORE INTO secrets VALUES (?, ?)", name, wrapped)
        rows = self._file.run("SELECT wrapped FROM secrets WHERE name = ?", name)
        return bytes(rows[0][0])

    def add(self, row: KeyRow) -> KeyRow:
        self._file.run("INSERT OR IGNORE INTO users VALUES (?, ?, ?)", *row)
        found = self.find(row.hash)
        assert found is not None
        return found

    def find(self, user_hash: bytes) -> KeyRow | None:
        rows = self._file.run("SELECT * FROM users WHERE hash = ?", user_hash)
        return KeyRow(*rows[0]) if rows else None

    def find_pseudonym(self, pseudonym: str) -> KeyRow | None:
        rows = self._file.run("SELECT * FROM users WHERE pseudonym = ?", pseudonym)
        return KeyRow(*rows[0]) if rows else None

    def remove(self, pseudonym: str) -> None:
        self._file.run("DELETE FROM users WHERE pseudonym = ?", pseudonym)

    def tidy(self) -> None:
        """What is deleted from the file is overwritten at once."""
