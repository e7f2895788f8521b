"""From the event log to what the judge has to know of each arm: sums over users.

By intention to treat: a unit belongs to the arm to which it was exposed, and from its first
exposure on whatever it does counts there, no matter what served it. An arm that fails so often that
its users fall back to the stable one is not rid of them. What a unit did shortly before is its
history. DuckDB reads the segments as they lie there, in bounded memory; nothing that is sealed is
needed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eventlog.segments.names import RecordClass, SegmentName
from eventlog.statistics import MEMORY_LIMIT
from rollout.judge.metrics import ArmMoments
from rollout.judge.moments import Moments
from rollout.judge.queries import (
    BEFORE,
    COLUMNS,
    EXPOSURES,
    HOURS,
    HOURS_HEARD,
    RATIOS,
    TOTALS,
    UNITS,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

HISTORY_SECONDS = 14 * 86_400.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Question:
    """Which attempt of an experiment (``salt``), and which of its predictions have matured.

    Those made before ``until``, which is aware of its zone. To be fair to slow arms it lies so far
    back that whatever became of them is on record. Slower than ``slow_seconds`` is slow;
    ``history_seconds`` before a unit's first exposure are its history. ``stage`` is when the stage
    began, also aware of its zone.
    """

    experiment: str
    salt: str
    slow_seconds: float
    until: datetime
    stage: datetime = _EPOCH
    history_seconds: float = HISTORY_SECONDS


@dataclass(frozen=True, slots=True)
class Measured:
    """What the log says of an experiment; everything is by the arm's key.

    ``num_users`` are all units exposed to an arm. In ``arms``, in every metric alike, are those of
    them with a prediction on record, matured and made since the first exposure; where such a user
    has nothing to count for a metric, it counts zero of zero.
    """

    arms: Mapping[str, ArmMoments]
    num_users: Mapping[str, int]
    num_in_several: int
    """Units exposed to more than one arm: in ``num_users`` of each, in ``arms`` of none. Unless
    the arms' ranges have crossed there are none."""
    elsewhere: Mapping[str, float]
    """By arm, of the requests of its units since they were exposed: the part that another arm was
    asked for. A mean over units, so that none of them decides it."""
    hours_heard: int
    """Hours of the stage in which units made predictions, in either arm."""
    last_heard: datetime | None
    """When a unit was last exposed, or anything else was last heard of one: to tell silence."""


def measure(
    segments: Sequence[Path], question: Question, temporary: Path | None = None
) -> Measured:
    """The answer. ``temporary`` takes what does not fit into memory.

    Raises ``ValueError`` without DuckDB.
    """
    try:
        import duckdb
    except ImportError:
        raise ValueError("judging needs DuckDB: pip install -e '.[data]'") from None
    while segments:
        try:
            with duckdb.connect() as database:
                database.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
                database.execute("SET preserve_insertion_order = false")
                database.execute("SET threads = 1")  # a server that predicts needs the others
                if temporary is not None:
                    database.execute("SET temp_directory = ?", [str(temporary)])
                _sum_up(database, [str(path) for path in segments], question)
                return _answer(database, question)
        except duckdb.IOException:
            found = _found_again(segments)
            if found == list(segments):
                raise
            segments = found
    return Measured({}, {}, 0, {}, 0, None)


def _found_again(segments: Sequence[Path]) -> list[Path]:
    """Where the same records are now: a server may have sealed a segment while it was read here,
    or have put its counts in its place because the time of its text was over."""
    found = []
    for path in segments:
        name = SegmentName.of(path)
        if name is None or path.exists():
            found.append(path)
            continue
        counts = SegmentName(RecordClass.COUNTS, name.ulid)
        places = (each.sealed_in(path.parent) for each in (name, counts))
        found += [place for place in places if place.exists()][:1]
    return found


def _sum_up(database: "DuckDBPyConnection", segments: Sequence[str], question: Question) -> None:
    lines = {"segments": segments, "columns": COLUMNS}
    attempt = {"experiment": question.experiment, "salt": question.salt}
    database.execute(EXPOSURES, lines | attempt)
    database.execute(UNITS)
    bounds = {
        "experiment": question.experiment,
        "slow_seconds": question.slow_seconds,
        "until": (question.until - _EPOCH) // _MICROSECOND,
        "history": timedelta(seconds=question.history_seconds) // _MICROSECOND,
    }
    database.execute(HOURS, lines | bounds)
    database.execute(TOTALS)


def _answer(database: "DuckDBPyConnection", question: Question) -> Measured:
    counted = database.execute("SELECT arm, count(*) FROM exposures GROUP BY arm ORDER BY arm")
    num_users = {str(arm): int(number) for arm, number in counted.fetchall()}
    [(num_in_several, last)] = database.execute(
        """
        SELECT
            (SELECT count(DISTINCT "user") FROM exposures) - (SELECT count(*) FROM units),
            greatest((SELECT max(last) FROM exposures), (SELECT max(newest) FROM totals))
        """
    ).fetchall()
    shares = database.execute(
        "SELECT arm, avg(elsewhere / asked) FROM totals WHERE asked > 0 GROUP BY arm"
    )
    elsewhere = {str(arm): float(share) for arm, share in shares.fetchall()}
    stage = {"stage": (question.stage - _EPOCH) // _MICROSECOND}
    [(hours_heard,)] = database.execute(HOURS_HEARD, stage).fetchall()
    return Measured(
        arms={arm: _moments(database, arm) for arm in num_users},
        num_users=num_users,
        num_in_several=num_in_several,
        elsewhere=elsewhere,
        hours_heard=hours_heard,
        last_heard=None if last is None else _EPOCH + last * _MICROSECOND,
    )


def _moments(database: "DuckDBPyConnection", arm: str) -> ArmMoments:
    found = database.execute(
        "SELECT * EXCLUDE (arm, newest) FROM totals WHERE arm = ? AND active_hours > 0", [arm]
    ).fetchnumpy()
    return {
        metric: Moments.of(np.stack([found[x], found[n], found[x + BEFORE], found[n + BEFORE]], 1))
        for metric, (x, n) in RATIOS.items()
    }
