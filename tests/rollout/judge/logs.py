"""Logs of experiments, said briefly and written as a server leaves them."""

import random
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ulid import ULID

from eventlog import (
    EditCounts,
    ExposureRecord,
    OutcomeRecord,
    PredictionRecord,
    Record,
    SettledRecord,
    Snapshot,
)
from eventlog.encoding import encode
from eventlog.lines import checked_line
from eventlog.opening import open_keys, segments_of
from eventlog.segments import Line, RecordClass, SegmentConfig, SegmentLog
from tests.eventlog.logs import PROMPT_INPUT, START, at, event_id

SALT = "warmer-1"
DAY = 86_400.0
HOUR = 3600.0
WORDS = ("shown", "accepted", "partially_accepted", "rejected", "replaced", "discarded", "rated")
REASONS = (None, None, None, "no_change", "superseded", "client_gone", "deadline_exceeded")
ARMS = ("control", "warm", "hot")


def prediction_id(after: float) -> str:
    """As the server makes them, so long after the start."""
    return f"{event_id(after)}_0123456789abcdef0123456789abcdef012345"


def exposure(user: str, arm: str, after: float = 0.0, **fields: Any) -> ExposureRecord:
    values = {"experiment": "warmer", "salt": SALT, **fields}
    return ExposureRecord(event_id=event_id(after), time=at(after), user=user, arm=arm, **values)


def prediction(user: str, after: float, **fields: Any) -> PredictionRecord:
    """By default an edit, answered at once."""
    values: dict[str, Any] = {
        "event_id": event_id(after),
        "prediction_id": prediction_id(after),
        "seconds": {"total": 0.1},
        "reversal_ratio": 0.0,
        **fields,
    }
    return PredictionRecord(time=at(after), user=user, **values)


def outcome(
    of: PredictionRecord, word: Any, after: float | None = None, **fields: Any
) -> OutcomeRecord:
    """Of a prediction, by default a second later."""
    after = seconds_of(of) + 1.0 if after is None else after
    return OutcomeRecord(
        event_id=event_id(after),
        time=at(after),
        user=of.user,
        prediction_id=of.prediction_id,
        outcome=word,
        **fields,
    )


def settled(
    of: PredictionRecord, kept: int, predicted: int = 10, after: float | None = None, **fields: Any
) -> SettledRecord:
    """Of a prediction, by default 20 seconds later."""
    after = seconds_of(of) + 20.0 if after is None else after
    counts = EditCounts(candidate_new_bytes=predicted, kept_bytes=kept)
    values = {"counts": counts, **fields}
    return SettledRecord(
        event_id=event_id(after),
        time=at(after),
        user=of.user,
        prediction_id=of.prediction_id,
        source="client",
        **values,
    )


def write_log(data: Path, records: Sequence[Record], lines: Sequence[Line] = ()) -> list[Path]:
    """The segments of a log that a server is still writing: some sealed, the last ones open."""
    keys = open_keys(data)
    all_lines = [*(encode(record, keys) for record in records), *lines]
    half = len(all_lines) // 2
    _write(data / "log", all_lines[:half], SegmentConfig(1 << 16, retention_seconds={}))
    log = SegmentLog(data / "log", SegmentConfig(retention_seconds={}))
    log.start()
    if all_lines[half:]:
        log.append(all_lines[half:]).result(timeout=30)
    shutil.copytree(data / "log", data / "seen")
    log.stop()
    return segments_of(data / "seen")


def _write(folder: Path, lines: Sequence[Line], config: SegmentConfig) -> None:
    """Sealed in several segments."""
    log = SegmentLog(folder, config)
    log.start()
    for first in range(0, len(lines), 100):
        log.append(lines[first : first + 100]).result(timeout=30)
    log.stop()


def seconds_of(record: Record) -> float:
    """How long after the start of the log."""
    return (record.time - START) / timedelta(seconds=1)


def ulid_time(text: str) -> datetime:
    """When a prediction of that id was made."""
    return ULID.from_str(text[:26]).datetime


def random_records(random: random.Random, num_users: int = 14) -> list[Record]:
    """Thirty days of a few users, with everything that may be odd about a log."""
    records: list[Record] = []
    for number in range(num_users):
        user = f"user {number}"
        exposures = random_exposures(random, user)
        times = [random.uniform(0.0, 30 * DAY) for _each in range(random.randrange(30))]
        firsts = [seconds_of(each) for each in exposures[:1]]
        times += [first + shift for first in firsts for shift in (0.0, -0.0004, -5 * DAY, HOUR)]
        made = [random_prediction(random, user, after) for after in times]
        followed = random.choices(made, k=len(made)) if made else []
        records += exposures
        records += [each for each in made if random.random() < 0.95]  # the others are lost
        records += [random_outcome(random, each) for each in followed if random.random() < 0.7]
        records += [random_settled(random, each) for each in followed if random.random() < 0.5]
    records += random.choices(records, k=len(records) // 20)
    random.shuffle(records)
    return records


def random_exposures(random: random.Random, user: str) -> list[Record]:
    """To one arm or none, seldom to two; and to what is not asked about."""
    arms = random.sample(ARMS, random.choices((0, 1, 2), (2, 9, 1))[0])
    times = [random.uniform(0.0, 30 * DAY) for _each in range(8)]
    asked = [exposure(user, arm, after) for arm in arms for after in sorted(times[:3])]
    return [
        *asked,
        exposure(user, random.choice(ARMS), times[3], salt="warmer-2"),
        exposure(user, random.choice(ARMS), times[4], experiment="other"),
    ]


def random_prediction(random: random.Random, user: str, after: float) -> PredictionRecord:
    with_text = {"snapshot": Snapshot(prompt_input=PROMPT_INPUT), "project": "shop"}
    reason = random.choice(REASONS)
    failed = random.random() < 0.1
    return prediction(
        user,
        after,
        prediction_id=prediction_id(after - random.choice((0.0, 0.0, 0.002))),
        experiment=random.choice(("stable", "warmer", "other")),
        arm=random.choice(ARMS),
        reason="internal" if failed and reason not in ("superseded", "client_gone") else reason,
        failed=failed,
        is_fallback=not failed and random.random() < 0.1,
        reversal_ratio=None if reason or failed else random.choice((0.0, 0.3, 1.0, 1.7)),
        seconds={} if failed else {"prefill": 0.1, "total": random.choice((0.1, 0.5, 0.6, 2.0))},
        **(with_text if random.random() < 0.2 else {}),
    )


def random_outcome(random: random.Random, of: PredictionRecord) -> Record:
    shown = random.choice((None, True, False))
    after = seconds_of(of) + random.expovariate(1 / HOUR)
    return outcome(of, random.choice(WORDS), after, was_shown=shown)


def random_settled(random: random.Random, of: PredictionRecord) -> Record:
    after = seconds_of(of) + random.choice((20.0, 20.0, 300.0))
    counts = EditCounts(
        candidate_new_bytes=random.randrange(100),
        candidate_deleted_bytes=random.randrange(100),
        kept_bytes=random.randrange(50),
        correctly_deleted_bytes=random.randrange(50),
        reference_new_bytes=7,
    )
    return settled(of, 0, after=after, counts=counts)


def odd_lines() -> list[Line]:
    """What later versions, or others, may have written."""
    odd = (
        b'{"event_id":"01K","time":"2026-03-02T00:00:00Z","user":"u","kind":"telepathy"}',
        b'{"event_id":"02K","time":17,"user":["u"],"kind":"prediction","seconds":4,"counts":"x"}',
        b'{"event_id":"03K","kind":"exposure","experiment":"warmer","salt":"warmer-1"}',
    )
    return [Line(checked_line(fields), RecordClass.COUNTS) for fields in odd]
