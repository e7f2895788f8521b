"""Counts of one machine, in a file."""

from collections.abc import Mapping
from pathlib import Path

from rollout.health.counts import KEPT_MINUTES, ArmName, Counts
from rollout.store.file import StoreFile

_TABLES = """
CREATE TABLE IF NOT EXISTS health_users (
    minute INTEGER, salt TEXT, arm TEXT, users INTEGER, failed INTEGER, slow INTEGER,
    PRIMARY KEY (minute, salt, arm)
) WITHOUT ROWID;
"""
_ADD = (
    "INSERT INTO health_users VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " users = users + excluded.users, failed = failed + excluded.failed,"
    " slow = slow + excluded.slow"
)


class SqliteHealthTable:
    """See ``HealthTable``. Raises ``RolloutError`` if the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self._file = StoreFile(path, _TABLES)

    def add(self, minute: int, counts: Mapping[ArmName, Counts]) -> None:
        rows = [
            (minute, salt, arm, each.users, each.failed, each.slow)
            for (salt, arm), each in counts.items()
        ]
        old = [(minute - KEPT_MINUTES,)]
        with self._file.opened() as file:
            file.run_all([(_ADD, rows), ("DELETE FROM health_users WHERE minute < ?", old)])

    def since(self, minute: int) -> Mapping[ArmName, Counts]:
        statement = (
            "SELECT salt, arm, sum(users), sum(failed), sum(slow) FROM health_users"
            " WHERE minute >= ? GROUP BY salt, arm"
        )
        with self._file.opened() as file:
            rows = file.run(statement, minute)
        return {(salt, arm): Counts(*numbers) for salt, arm, *numbers in rows}
