"""The reader against a plain reading of the same records, and rule by rule."""

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import zstandard

from eventlog import (
    EditCounts,
    PredictionRecord,
    Record,
)
from eventlog.opening import segments_of
from eventlog.segments import RecordClass
from eventlog.segments.names import SegmentName
from rollout.judge.guardrails import Guardrail
from rollout.judge.judgement import Decision, Demands, Evidence, Judgement, judge
from rollout.judge.metrics import Metric
from rollout.judge.reading import Measured, Question, measure
from tests.eventlog.logs import at
from tests.rollout.judge.logs import (
    DAY,
    HOUR,
    SALT,
    exposure,
    odd_lines,
    outcome,
    prediction,
    prediction_id,
    random_records,
    settled,
    write_log,
)
from tests.rollout.judge.plain_reading import plainly

QUESTION = Question("warmer", SALT, slow_seconds=0.5, until=at(30 * DAY))
Sums = dict[Metric, tuple[float, ...]]
# Rule by rule: what is counted of Ann, who is in the control from the start.

ANN = prediction("ann", 10.0)


def sums_of(measured: Measured, arm: str = "control") -> Sums:
    return {metric: tuple(each.sums) for metric, each in measured.arms[arm].items()}


@pytest.fixture
def asked(tmp_path: Path) -> Callable[..., Measured]:
    """What is measured of some records."""

    def ask(records: Sequence[Record], **changes: Any) -> Measured:
        segments = write_log(tmp_path, records)
        return measure(segments, replace(QUESTION, **changes), tmp_path / "spilled")

    return ask


def same(one: Measured, other: Measured) -> bool:
    for arm in one.arms.keys() | other.arms.keys():
        for metric in Metric:
            first, second = one.arms[arm][metric], other.arms[arm][metric]
            assert first.num_users == second.num_users
            assert first.sums == pytest.approx(second.sums, rel=1e-9, abs=1e-9), (arm, metric)
            assert first.products == pytest.approx(second.products, rel=1e-9, abs=1e-9)
    assert one.elsewhere == pytest.approx(other.elsewhere)
    return replace(one, arms={}, elsewhere={}) == replace(other, arms={}, elsewhere={})


@pytest.mark.parametrize("seed", range(12))
def test_as_a_plain_reading(tmp_path: Path, seed: int) -> None:
    drawn = random.Random(seed)
    records = random_records(drawn)
    segments = write_log(tmp_path, records, odd_lines())
    assert len(segments) > 3
    with segments[-1].open("ab") as file:
        file.write(b'{"kind":"exposure", damaged}\n\xff\n[1]\n{"event_id":"01K","ki')
    until = at(drawn.uniform(5.0, 31.0) * DAY)
    history = drawn.choice((2 * DAY, 5 * DAY, 14 * DAY))
    question = Question("warmer", SALT, 0.5, until, at(drawn.uniform(0.0, 20.0) * DAY), history)
    expected = plainly(records, question)
    assert same(measure(segments, question), expected)
    again = replace(question, salt="warmer-2")
    assert same(measure(segments[::-1], again), plainly(records, again))


def ann(after: float, **fields: Any) -> PredictionRecord:
    return prediction("ann", after, **fields)


@pytest.mark.parametrize(
    ("metric", "events", "expected"),
    [
        pytest.param(
            Metric.KEPT_RATE,
            [ANN, settled(ANN, 9, after=40.0), settled(ANN, 4, after=30.0)],
            (4, 10),
            id="the first of several settled states",
        ),
        pytest.param(
            Metric.KEPT_RATE,
            [
                ANN,
                settled(
                    ANN,
                    0,
                    counts=EditCounts(
                        candidate_new_bytes=5,
                        candidate_deleted_bytes=3,
                        kept_bytes=2,
                        correctly_deleted_bytes=1,
                    ),
                ),
            ],
            (3, 8),
            id="deleted bytes are predicted bytes",
        ),
        pytest.param(
            Metric.ACCEPTANCE_RATE,
            [ANN, outcome(ANN, "accepted"), outcome(ANN, "rated")],
            (1, 1),
            id="accepted without having been reported as shown",
        ),
        pytest.param(
            Metric.ACCEPTANCE_RATE,
            [ANN, *(outcome(ANN, word) for word in ("shown", "partially_accepted", "accepted"))],
            (1, 1),
            id="several outcomes are one prediction",
        ),
        pytest.param(
            Metric.ACCEPTANCE_RATE,
            [
                *(each := [ann(after) for after in (10.0, 11.0, 12.0, 13.0)]),
                outcome(each[0], "rejected"),
                outcome(each[1], "rejected", was_shown=True),
                outcome(each[2], "rejected", was_shown=False),
                outcome(each[3], "discarded"),
            ],
            (0, 2),
            id="rejected, and shown unless it says otherwise",
        ),
        pytest.param(
            Metric.SLOW_RATE,
            [
                ann(1.0, seconds={"total": 0.5}),
                ann(2.0, seconds={"total": 0.51}),
                ann(3.0, seconds={"total": 0.2}, reason="deadline_exceeded"),
                ann(4.0, seconds={"total": 9.0}, reason="superseded"),
                ann(4.5, seconds={"total": 0.1}, reason="superseded"),
                ann(5.0, seconds={"total": 9.0}, reason="internal", failed=True),
                ann(6.0, seconds={}),
            ],
            (3, 5),
            id="slower than allowed, or out of time, or given up when it was slow already",
        ),
        pytest.param(
            Metric.FAILURE_RATE,
            [
                ann(1.0, reason="internal", failed=True),
                ann(2.0, reason="deadline_exceeded"),
                ann(3.0, reason="superseded"),
                ann(4.0, reason="no_change"),
                ann(5.0, is_fallback=True),
            ],
            (3, 4),
            id="failed, out of time, or answered by another arm",
        ),
        pytest.param(
            Metric.EMPTY_RATE,
            [
                ann(1.0, reason="internal", failed=True),
                ann(2.0, reason="deadline_exceeded"),
                ann(3.0, reason="superseded"),
                ann(4.0, reason="no_change"),
                ann(5.0),
            ],
            (1, 2),
            id="answered, and without an edit",
        ),
        pytest.param(
            Metric.REVERSAL_RATIO,
            [
                ann(1.0, reversal_ratio=0.25),
                ann(2.0, reversal_ratio=3.0),
                ann(3.0, reversal_ratio=None, reason="no_change"),
            ],
            (1.25, 2),
            id="no edit reverts more than all",
        ),
        pytest.param(
            Metric.KEPT_PER_HOUR,
            [*(each := [ann(h * HOUR) for h in (0.0, 0.99, 1.0, 5.5)]), settled(each[0], 6)],
            (6, 3),
            id="hours of the clock",
        ),
        pytest.param(Metric.KEPT_RATE, [ANN], (0, 0), id="nothing to count is zero of zero"),
    ],
)
def test_what_is_counted(
    asked: Callable[..., Measured],
    metric: Metric,
    events: list[Record],
    expected: tuple[float, float],
) -> None:
    measured = asked([exposure("ann", "control"), *events, *events])
    assert sums_of(measured)[metric] == (*expected, 0, 0)
    assert {each.num_users for each in measured.arms["control"].values()} == {1}


def test_all_that_a_user_does_counts_for_its_arm_from_the_exposure_on(
    asked: Callable[..., Measured],
) -> None:
    before, exposed, after = (ann(each * DAY) for each in (1.0, 2.0, 3.0))
    fallback = ann(4 * DAY, experiment="stable", arm="control", reason="internal", failed=True)
    records = [
        *(before, exposed, after, fallback),
        settled(before, 1, after=5 * DAY),
        settled(after, 10),
        exposure("ann", "warm", 2 * DAY),
        exposure("ann", "warm", 3 * DAY),
    ]
    measured = asked(records)
    assert sums_of(measured, "warm")[Metric.FAILURE_RATE] == (1, 3, 0, 1)
    assert sums_of(measured, "warm")[Metric.KEPT_RATE] == (10, 10, 1, 10)
    assert set(measured.arms) == {"warm"}


def test_requests_that_another_arm_was_asked_for(asked: Callable[..., Measured]) -> None:
    """A server without the release serves as always; and so does whoever names another arm."""
    here = {"experiment": "warmer", "arm": "warm"}
    records = [
        exposure("ann", "warm", 10.0),
        ann(5.0),
        *(ann(10.0 + number, **here) for number in range(6)),
        ann(20.0, is_fallback=True, **here),
        ann(21.0, experiment="stable", arm="control"),
        ann(22.0, experiment="warmer", arm="control"),
        ann(23.0, experiment="stable", arm="control", reason="superseded"),
    ]
    bob = [exposure("bob", "warm", 10.0), *(prediction("bob", 11.0 + n) for n in range(100))]
    assert asked([*records, *bob]).elsewhere == {"warm": (2 / 9 + 1) / 2}


def test_the_exposed_prediction_itself_is_no_history(asked: Callable[..., Measured]) -> None:
    served = ann(2.0004, prediction_id=prediction_id(1.998))
    measured = asked([served, settled(served, 5), exposure("ann", "control", 2.0004)])
    assert sums_of(measured)[Metric.KEPT_RATE] == (5, 10, 0, 0)


def test_what_was_done_long_before_is_no_history(asked: Callable[..., Measured]) -> None:
    made = [ann(each) for each in (DAY - 0.001, DAY, 15 * DAY)]
    measured = asked([*made, exposure("ann", "control", 15 * DAY)])
    assert sums_of(measured)[Metric.FAILURE_RATE] == (0, 1, 0, 1)


def test_what_has_not_matured_does_not_count_but_breaks_the_silence(
    asked: Callable[..., Measured],
) -> None:
    early, late = ann(1.0), ann(9.0)
    bob = [exposure("bob", "control", 9.0), prediction("bob", 9.0)]
    records = [exposure("ann", "control"), early, late, *bob]
    measured = asked([*records, settled(early, 5, after=9.0), settled(late, 9)], until=at(9.0))
    assert sums_of(measured)[Metric.KEPT_RATE] == (5, 10, 0, 0)
    assert sums_of(measured)[Metric.FAILURE_RATE] == (0, 1, 0, 0)
    assert measured.num_users == {"control": 2}
    assert measured.arms["control"][Metric.KEPT_RATE].num_users == 1
    assert measured.last_heard == at(29.0)


def test_where_a_prediction_was_lost_its_id_says_when_it_was(
    asked: Callable[..., Measured],
) -> None:
    before, since = ann(1 * DAY), ann(3 * DAY)
    nobody_knows = ann(3 * DAY, prediction_id="p1")
    records = [settled(before, 1), settled(since, 2), settled(nobody_knows, 4), ann(4 * DAY)]
    measured = asked([exposure("ann", "control", 2 * DAY), *records])
    assert sums_of(measured)[Metric.KEPT_RATE] == (2, 10, 1, 10)
    assert sums_of(measured)[Metric.KEPT_PER_HOUR] == (2, 1, 1, 0)


def test_a_user_in_several_arms_is_reported_and_in_none(asked: Callable[..., Measured]) -> None:
    measured = asked([exposure("ann", "control"), exposure("ann", "warm", 1.0), ann(2.0)])
    assert measured.num_in_several == 1
    assert measured.num_users == {"control": 1, "warm": 1}
    assert sums_of(measured)[Metric.FAILURE_RATE] == (0, 0, 0, 0)
    assert measured.last_heard == at(1.0)


def test_another_attempt_is_another_matter(asked: Callable[..., Measured]) -> None:
    attempts = [exposure("ann", "control"), exposure("ann", "warm", 9.0, salt="warmer-2")]
    measured = asked([*attempts, ann(5.0), ann(9.0)], salt="warmer-2")
    assert measured.num_users == {"warm": 1} and measured.num_in_several == 0
    assert sums_of(measured, "warm")[Metric.FAILURE_RATE] == (0, 1, 0, 1)


def test_times_of_other_zones(asked: Callable[..., Measured]) -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    moved = [
        each.model_copy(update={"time": each.time.astimezone(zone)})
        for each in (exposure("ann", "control", HOUR), ann(HOUR), ann(1.9 * HOUR))
    ]
    measured = asked([ann(0.5 * HOUR), *moved], until=at(DAY).astimezone(zone))
    assert sums_of(measured)[Metric.KEPT_PER_HOUR] == (0, 1, 0, 1)
    assert measured.last_heard == at(1.9 * HOUR)


@pytest.mark.parametrize("records", [[], [exposure("ann", "control"), ann(1.0)]])
def test_of_what_nobody_was_exposed_to_nothing_is_known(
    asked: Callable[..., Measured], records: list[Record]
) -> None:
    assert asked(records, experiment="colder") == Measured({}, {}, 0, {}, 0, None)


def test_segments_that_a_server_seals_or_lets_expire_meanwhile(tmp_path: Path) -> None:
    records = random_records(random.Random(1))
    segments = write_log(tmp_path, records)
    names = [name for path in segments if (name := SegmentName.of(path))]
    for name, path in zip(names, segments, strict=True):
        if path.suffix == ".open":
            packed = zstandard.compress(path.read_bytes())
            name.sealed_in(path.parent).write_bytes(packed)
            path.unlink()
        elif name.record_class is RecordClass.TEXT:
            path.rename(SegmentName(RecordClass.COUNTS, name.ulid).sealed_in(path.parent))
    assert not all(path.exists() for path in segments)
    assert same(measure(segments, QUESTION), plainly(records, QUESTION))


def test_no_log(tmp_path: Path) -> None:
    assert measure(segments_of(tmp_path), QUESTION) == Measured({}, {}, 0, {}, 0, None)


def test_without_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ValueError, match="DuckDB: pip install"):
        measure([tmp_path / "counts.jsonl"], QUESTION)


# From the log to a decision.


@pytest.mark.parametrize(
    ("kept", "decision", "reason"),
    [(0.5, Decision.PROMOTE, "kept rate is safe"), (0.3, Decision.ROLL_BACK, "kept rate is worse")],
)
def test_a_decision_rests_on_the_log(
    asked: Callable[..., Measured], kept: float, decision: Decision, reason: str
) -> None:
    drawn = random.Random(7)
    records: list[Record] = []
    for number in range(160):
        user, arm = f"user {number}", ("control", "warm")[number % 2]
        records.append(exposure(user, arm, 5 * DAY))
        habit = drawn.uniform(-0.1, 0.1)
        for _each in range(24):
            made = prediction(user, drawn.uniform(0.0, 10 * DAY))
            is_treated = arm == "warm" and made.time >= at(5 * DAY)
            rate = habit + (kept if is_treated else 0.5)
            records += [made, settled(made, 10 * (drawn.random() < rate))]
    judgement = decided(asked(records))
    assert judgement.decision is decision
    assert judgement.reasons[0].startswith(reason)


def decided(measured: Measured) -> Judgement:
    evidence = Evidence(
        control=measured.arms["control"],
        treatment=measured.arms["warm"],
        num_users=(measured.num_users["control"], measured.num_users["warm"]),
        stage_seconds=5 * DAY,
    )
    guardrails = (Guardrail(Metric.KEPT_RATE, 0.1), Guardrail(Metric.FAILURE_RATE, 0.05))
    return judge(evidence, Demands(guardrails, min_users=80))
