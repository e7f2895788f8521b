"""What the judge asks of the event log, in DuckDB's SQL.

Three steps up from the lines: a row for each prediction, with all that became of it; one for each
hour of a user; one for each user, with what is summed since the first exposure and before it. A
line that is there twice is about the same prediction, and so counts once. Times are microseconds
of UTC, whatever the offsets that they were written with.
"""

from eventlog.statistics import MAX_LINE_BYTES
from rollout.judge.metrics import Metric

COLUMNS = {
    "event_id": "VARCHAR",
    "kind": "VARCHAR",
    "time": "TIMESTAMPTZ",
    "user": "VARCHAR",
    "experiment": "VARCHAR",
    "salt": "VARCHAR",
    "arm": "VARCHAR",
    "prediction_id": "VARCHAR",
    "failed": "BOOLEAN",
    "is_fallback": "BOOLEAN",
    "reason": "VARCHAR",
    "reversal_ratio": "DOUBLE",
    "seconds": "STRUCT(total DOUBLE)",
    "outcome": "VARCHAR",
    "was_shown": "BOOLEAN",
    "counts": "STRUCT(candidate_new_bytes BIGINT, candidate_deleted_bytes BIGINT,"
    " kept_bytes BIGINT, correctly_deleted_bytes BIGINT)",
}

RATIOS = {
    Metric.KEPT_RATE: ("kept_bytes", "candidate_bytes"),
    Metric.ACCEPTANCE_RATE: ("accepted", "shown"),
    Metric.SLOW_RATE: ("slow", "awaited"),
    Metric.FAILURE_RATE: ("failures", "asked"),
    Metric.EMPTY_RATE: ("empty", "answered_in_time"),
    Metric.REVERSAL_RATIO: ("reversals", "edits"),
    Metric.KEPT_PER_HOUR: ("kept_bytes", "active_hours"),
}
"""Each metric's numerator and denominator, as columns of ``TOTALS``."""

BEFORE = "_before"
"""Ends the names of the columns of ``TOTALS`` that are history."""

_SUMMED = sorted({name for ratio in RATIOS.values() for name in ratio} - {"active_hours"})
_SUMMED += ["elsewhere"]
_HOUR = 3_600_000_000

_LINES = f"""
    SELECT *, epoch_us("time") AS micros FROM read_json(
        $segments, format = 'newline_delimited', ignore_errors = true, columns = $columns,
        maximum_object_size = {MAX_LINE_BYTES}
    ) WHERE "user" IS NOT NULL AND "time" IS NOT NULL
"""

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID_MILLISECONDS = " + ".join(
    f"((strpos('{_DIGITS}', prediction_id[{place}]) - 1) << {50 - 5 * place})"
    for place in range(1, 11)
)

EXPOSURES = f"""
    CREATE TEMP TABLE exposures AS
    SELECT "user", arm, min(micros) AS first, max(micros) AS last FROM ({_LINES})
    WHERE kind = 'exposure' AND experiment = $experiment AND salt = $salt AND arm IS NOT NULL
    GROUP BY "user", arm
"""

UNITS = """
    CREATE TEMP TABLE units AS
    SELECT "user", min(arm) AS arm, min(first) AS first
    FROM exposures GROUP BY "user" HAVING count(*) = 1
"""
"""Whoever was exposed to one arm only."""


def _bytes(*names: str) -> str:
    return " + ".join(f"coalesce(counts.{name}, 0)" for name in names)


_EVENTS = f"""
    SELECT
        "user", prediction_id, micros, reversal_ratio, kind = 'prediction' AS is_record,
        is_record AND coalesce(reason NOT IN ('superseded', 'client_gone'), true) AS asked,
        reason IS NOT DISTINCT FROM 'deadline_exceeded' AS is_late,
        asked AND (failed IS TRUE OR is_fallback IS TRUE OR is_late) AS failures,
        asked AND failed IS NOT TRUE AS answered,
        CASE WHEN asked AND experiment = $experiment THEN arm END AS asked_of,
        coalesce(seconds.total > $slow_seconds, false) AS took_long,
        answered OR (is_record AND NOT asked AND took_long) AS awaited,
        awaited AND (is_late OR took_long) AS slow,
        answered AND NOT is_late AS answered_in_time,
        answered_in_time AND reason IS NOT NULL AS empty,
        coalesce(outcome IN ('accepted', 'partially_accepted'), false) AS accepted,
        accepted OR coalesce(outcome = 'shown', false)
            OR (coalesce(outcome = 'rejected', false) AND was_shown IS NOT FALSE) AS shown,
        CASE WHEN kind = 'settled' THEN {{
            'micros': micros,
            'event_id': event_id,
            'kept': {_bytes("kept_bytes", "correctly_deleted_bytes")},
            'candidate': {_bytes("candidate_new_bytes", "candidate_deleted_bytes")}
        }} END AS settled
    FROM ({_LINES}) SEMI JOIN units USING ("user")
    WHERE kind IN ('prediction', 'outcome', 'settled')
        AND event_id IS NOT NULL AND prediction_id IS NOT NULL
"""

_FLAGS = ("asked", "failures", "awaited", "slow", "answered_in_time", "empty", "accepted", "shown")
"""An answer that was slow already when the next keystroke took its place was slow; of one that was
given up sooner nobody knows."""

_PREDICTIONS = f"""
    SELECT
        "user", max(micros) AS newest, bool_or(is_record) AS is_on_record,
        coalesce(
            min(micros) FILTER (is_record),
            CASE WHEN regexp_matches(prediction_id, '^[0-7][{_DIGITS}]{{25}}')
                THEN ({_ULID_MILLISECONDS}) * 1000 END
        ) AS made,
        {", ".join(f"bool_or({flag})::INT AS {flag}" for flag in _FLAGS)},
        max(asked_of) AS asked_of,
        bool_or(reversal_ratio IS NOT NULL)::INT AS edits,
        least(coalesce(max(reversal_ratio), 0), 1) AS reversals,
        coalesce(min(settled).kept, 0) AS kept_bytes,
        coalesce(min(settled).candidate, 0) AS candidate_bytes
    FROM ({_EVENTS}) GROUP BY "user", prediction_id
"""
"""``made`` is when the answer was given, as its record says: the first exposure has the very same
time. What the id says is a moment earlier, so it serves only where the record was lost."""

_PLACED = f"""
    SELECT *, (asked = 1 AND asked_of IS DISTINCT FROM arm)::INT AS elsewhere, CASE
        WHEN made >= $until THEN 'not matured'
        WHEN made >= first THEN 'since'
        WHEN made >= first - $history THEN 'before'
        ELSE 'too old'
    END AS part
    FROM ({_PREDICTIONS}) JOIN units USING ("user")
"""

HOURS = f"""
    CREATE TEMP TABLE hours AS
    SELECT
        "user", arm, part, made // {_HOUR} AS hour, max(newest) AS newest,
        bool_or(is_on_record)::INT AS active_hours,
        {", ".join(f"sum({name}) AS {name}" for name in _SUMMED)}
    FROM ({_PLACED}) GROUP BY "user", arm, part, hour
"""
"""A row for each hour in which anything of a unit is on record."""

HOURS_HEARD = f"""
    SELECT count(DISTINCT hour) FROM hours
    WHERE part = 'since' AND active_hours > 0 AND hour * {_HOUR} >= $stage
"""
"""Whole hours of the stage of which matured predictions are on record."""


def _summed(part: str, ending: str = "") -> str:
    return ", ".join(
        f"coalesce(sum({name}) FILTER (part = '{part}'), 0)::DOUBLE AS {name}{ending}"
        for name in (*_SUMMED, "active_hours")
    )


TOTALS = f"""
    CREATE TEMP TABLE totals AS
    SELECT arm, max(newest) AS newest, {_summed("since")}, {_summed("before", BEFORE)}
    FROM hours GROUP BY "user", arm
"""
"""A row for each unit of which there is any event. ``elsewhere`` are requests of which another arm
was asked than the unit's."""
