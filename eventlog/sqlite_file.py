"""A small SQLite file of state that must not be lost, nor linger once it is deleted."""

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any


class SqliteFile:
    """Durable at every statement; deleted bytes are overwritten at once. Safe from any thread.

    What SQLite cannot do is raised as ``unusable`` when the file is opened, as ``failed`` later: a
    full disk is a matter of time, a file that is no database is not.
    """

    def __init__(
        self, path: Path, tables: str, *, unusable: type[Exception], failed: type[Exception]
    ) -> None:
        self._path = path
        self._failed = failed
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(0o600)
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute("PRAGMA secure_delete = ON")
            self._database.executescript(tables)
        except (OSError, sqlite3.Error) as error:
            raise unusable(f"{path}: {error}") from None

    def run(self, statement: str, *values: object) -> list[Any]:
        """The rows of one statement."""
        try:
            with self._lock:
                return self._database.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._failed(f"{self._path.name}: {error}") from None

    def run_all(self, steps: Iterable[tuple[str, Sequence[Sequence[object]]]]) -> None:
        """Statements, each with the values it is run for, all of them or none."""
        try:
            with self._lock, self._database:
                self._database.execute("BEGIN IMMEDIATE")
                for statement, values in steps:
                    self._database.executemany(statement, values)
        except sqlite3.Error as error:
            raise self._failed(f"{self._path.name}: {error}") from None

    def close(self) -> None:
        with self._lock:
            self._database.close()
