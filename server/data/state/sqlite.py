"""The state of one machine, in a file that belongs to one process at a time."""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from eventlog.segments import LogUnavailable, LogUnusable
from eventlog.sqlite_file import SqliteFile
from server.data.consent.grants import Grant
from server.data.reporting.variants import Variant
from server.data.settling.saved import RegionRow

_TABLES = """
CREATE TABLE IF NOT EXISTS variants (digest TEXT PRIMARY KEY, fields TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS grants (
    pseudonym TEXT, project TEXT, consent_id TEXT NOT NULL, time TEXT NOT NULL,
    policy_version TEXT NOT NULL, source TEXT NOT NULL, license TEXT,
    PRIMARY KEY (pseudonym, project)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS watched_regions (
    prediction_id TEXT PRIMARY KEY, place TEXT NOT NULL, pseudonym TEXT NOT NULL,
    sealed TEXT NOT NULL
) WITHOUT ROWID;
"""


class SqliteState:
    """Variants, consents and regions under watch. Safe to use from several threads.

    Raises ``LogUnusable`` if the file cannot be used; every method may raise ``LogUnavailable``.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _TABLES, unusable=LogUnusable, failed=LogUnavailable)
        self._has_looked = False

    def add_variant(self, digest: str, variant: Variant) -> None:
        self._file.run(
            "INSERT OR IGNORE INTO variants VALUES (?, ?)", digest, json.dumps(asdict(variant))
        )

    def find_variant(self, digest: str) -> Variant | None:
        rows = self._file.run("SELECT fields FROM variants WHERE digest = ?", digest)
        return Variant(**json.loads(rows[0][0])) if rows else None

    def put_grant(self, pseudonym: str, grant: Grant) -> None:
        self._file.run(
            "INSERT OR REPLACE INTO grants VALUES (?, ?, ?, ?, ?, ?, ?)",
            pseudonym,
            grant.project,
            grant.consent_id,
            grant.time.isoformat(),
            grant.policy_version,
            grant.source,
            grant.license,
        )

    def remove_grant(self, pseudonym: str, project: str) -> None:
        self._file.run("DELETE FROM grants WHERE pseudonym = ? AND project = ?", pseudonym, project)

    def grants_of(self, pseudonym: str) -> list[Grant]:
        rows = self._file.run(
            "SELECT project, consent_id, time, policy_version, source, license FROM grants"
            " WHERE pseudonym = ? ORDER BY project",
            pseudonym,
        )
        return [
            Grant(project, consent_id, datetime.fromisoformat(time), *rest)
            for project, consent_id, time, *rest in rows
        ]

    def remove_grants(self, pseudonym: str) -> None:
        self._file.run("DELETE FROM grants WHERE pseudonym = ?", pseudonym)

    def save_regions(
        self, rows: Iterable[RegionRow], gone: Iterable[str], taken: Iterable[str] = ()
    ) -> None:
        saved = [(row.prediction_id, row.place, row.pseudonym, row.sealed) for row in rows]
        removed = [(prediction_id,) for prediction_id in gone]
        self._file.run_all(
            [
                ("INSERT OR REPLACE INTO watched_regions VALUES (?, ?, ?, ?)", saved),
                ("DELETE FROM watched_regions WHERE prediction_id = ?", removed),
            ]
        )

    def abandoned_regions(self) -> list[RegionRow]:
        """All, once: whoever wrote them is gone."""
        if self._has_looked:
            return []
        rows = self._file.run("SELECT * FROM watched_regions")
        self._has_looked = True
        return [RegionRow(*row) for row in rows]

    def hold_places(self, places: Collection[str]) -> list[RegionRow]:
        """There is nobody to take them from."""
        return []

    def held_places(self, places: Collection[str]) -> set[str]:
        return set(places)

    def leave_regions(self) -> None:
        """The next process finds them."""

    def close(self) -> None:
        self._file.close()
