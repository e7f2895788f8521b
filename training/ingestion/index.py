"""First pass over the log: what belongs to which prediction, and where its lines stand.

Kept in a temporary SQLite database, which goes to disk when it grows: memory stays the same however
long the log is. No text of a snapshot or settled state is in it.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from eventlog import (
    ConsentRecord,
    ConsentSnapshot,
    DeletionRecord,
    ExposureRecord,
    KeyLookup,
    PredictionRecord,
    ReadCounts,
    Record,
    SettledRecord,
    opened,
    read_located,
    to_record,
)
from training.ingestion.consent import ConsentBook

_TABLES = """
CREATE TABLE predictions (
    id TEXT PRIMARY KEY, segment INT, offset INT, user TEXT, time TEXT, project TEXT, consent TEXT
);
CREATE TABLE followers (
    id TEXT, segment INT, offset INT, user TEXT, time TEXT, kind TEXT, event TEXT PRIMARY KEY,
    consent TEXT
);
"""


class Place(NamedTuple):
    """Where a record's line begins: its segment's number, and the byte in the unpacked segment."""

    segment: int
    offset: int


@dataclass(frozen=True, slots=True)
class Joined:
    """A prediction and what followed it, by place.

    ``objection`` is why it must not be learnt from. ``outcomes`` are in order of time.
    """

    place: Place
    objection: str | None
    outcomes: tuple[Place, ...]
    settled: Place | None


class _Prediction(NamedTuple):
    """A row of ``predictions``, its time read."""

    id: str
    segment: int
    offset: int
    user: str
    time: datetime
    project: str
    consent: str


class _Follower(NamedTuple):
    """A row of ``followers``, its time read. ``consent`` is empty for an outcome."""

    id: str
    segment: int
    offset: int
    user: str
    time: datetime
    kind: str
    event: str
    consent: str


@contextmanager
def index_log(
    segments: Sequence[Path], ttl_seconds: float, keys: KeyLookup | None = None
) -> Iterator["LogIndex"]:
    """Read all segments once. A settled state counts within ``ttl_seconds`` of its prediction.

    ``keys`` open what is sealed; what stays sealed is counted and left out.
    """
    with closing(sqlite3.connect("")) as database:
        index = LogIndex(database, timedelta(seconds=ttl_seconds))
        for number, path in enumerate(segments):
            for offset, fields in read_located(path, index.counts):
                readable = opened(fields, keys) if "sealed" in fields else fields
                if readable is None:
                    index.counts.num_sealed += 1
                    continue
                record = to_record(_without_text(readable), index.counts)
                if record is not None:
                    index.take(Place(number, offset), record)
        yield index


class LogIndex:
    """Takes all records, then gives the predictions out. Made by ``index_log``."""

    def __init__(self, database: sqlite3.Connection, ttl: timedelta) -> None:
        self.counts = ReadCounts()
        self._database = database
        self._database.executescript(_TABLES)
        self._ttl = ttl
        self._book = ConsentBook()
        self._num_used = 0

    @property
    def num_ignored(self) -> int:
        """Events that follow no prediction, known when all predictions have been given out."""
        (number,) = self._database.execute("SELECT count(*) FROM followers").fetchone()
        return int(number) - self._num_used

    def take(self, place: Place, record: Record) -> None:
        """Of a prediction or an event that comes twice, the first counts."""
        if isinstance(record, ConsentRecord | DeletionRecord):
            self._book.add(record)
            return
        if isinstance(record, ExposureRecord):  # for the judge of rollouts
            return
        row: tuple[object, ...] = (record.prediction_id, *place, record.user, str(record.time))
        if isinstance(record, PredictionRecord):
            row += (record.project, record.consent.model_dump_json())
            self._database.execute("INSERT OR IGNORE INTO predictions VALUES (?,?,?,?,?,?,?)", row)
        else:
            consent = record.consent.model_dump_json() if isinstance(record, SettledRecord) else ""
            row += (record.kind, record.event_id, consent)
            self._database.execute("INSERT OR IGNORE INTO followers VALUES (?,?,?,?,?,?,?,?)", row)

    def predictions(self) -> Iterator[Joined]:
        """All predictions in the order of the log."""
        self._database.execute("CREATE INDEX IF NOT EXISTS by_id ON followers (id)")
        rows = self._database.execute("SELECT * FROM predictions ORDER BY segment, offset")
        for key, segment, offset, user, time, project, consent in rows:
            made = datetime.fromisoformat(time)
            yield self._joined(_Prediction(key, segment, offset, user, made, project, consent))

    def _joined(self, prediction: _Prediction) -> Joined:
        """With its outcomes and its first settled state."""
        outcomes: list[Place] = []
        settled: Place | None = None
        for follower in self._followers(prediction):
            place = Place(follower.segment, follower.offset)
            if follower.kind == "outcome":
                outcomes.append(place)
            elif settled is None:
                settled = place
            self._num_used += 1
        return Joined(
            place=Place(prediction.segment, prediction.offset),
            objection=self._objection(prediction, prediction.time, prediction.consent),
            outcomes=tuple(outcomes),
            settled=settled,
        )

    def _followers(self, prediction: _Prediction) -> Iterator[_Follower]:
        """In order of time: of the same user, not before the prediction, settled not too late."""
        rows = self._database.execute("SELECT * FROM followers WHERE id = ?", (prediction.id,))
        read = [
            _Follower(
                key, segment, offset, user, datetime.fromisoformat(time), kind, event, consent
            )
            for key, segment, offset, user, time, kind, event, consent in rows
        ]
        for follower in sorted(read, key=lambda each: (each.time, each.event)):
            if follower.user != prediction.user or follower.time < prediction.time:
                continue
            if follower.kind == "settled" and (
                follower.time - prediction.time > self._ttl
                or self._objection(prediction, follower.time, follower.consent) is not None
            ):
                continue
            yield follower

    def _objection(self, prediction: _Prediction, time: datetime, consent: str) -> str | None:
        snapshot = ConsentSnapshot.model_validate_json(consent)
        return self._book.objection(prediction.user, prediction.project, time, snapshot)


def _without_text(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields without those that hold text, which the first pass neither checks nor keeps."""
    return {name: value for name, value in fields.items() if name not in ("snapshot", "text")}
