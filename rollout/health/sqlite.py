"""Counts of one machine, in a file."""

from collections.abc import Mapping
from pathlib import Path

from eventlog.sqlite_file import SqliteFile
from rollout.errors import RolloutError, StoreUnavailable
from rollout.health.counts import KEPT_MINUTES, ArmName, Counts

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
    """See ``HealthTable``."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _TABLES, unusable=RolloutError, failed=StoreUnavailable)

    def add(self, minute: int, counts: Mapping[ArmName, Counts]) -> None:
        rows = [
            (minute, salt, arm, each.users, each.failed, each.slow)
            for (salt, arm), each in counts.items()
        ]
        old = [(minute - KEPT_MINUTES,)]
        self._file.run_all([(_ADD, rows), ("DELETE FROM health_users WHERE minute < ?", old)])

    def since(self, minute: int) -> Mapping[ArmName, Counts]:
        rows = self._file.run(
            "SELECT salt, arm, sum(users), sum(failed), sum(slow) FROM health_users"
            " WHERE minute >= ? GROUP BY salt, arm",
            minute,
        )
        return {(salt, arm): Counts(*numbers) for salt, arm, *numbers in rows}
