"""What the reader has to find in a log, said in loops: every rule again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import fmean

import numpy as np

from eventlog import (
    ExposureRecord,
    OutcomeRecord,
    PredictionRecord,
    Record,
    SettledRecord,
)
from rollout.judge.metrics import Metric
from rollout.judge.moments import Moments
from rollout.judge.reading import Measured, Question
from tests.rollout.judge.logs import (
    ulid_time,
)

GIVEN_UP = ("superseded", "client_gone")


def plainly(records: Sequence[Record], question: Question) -> Measured:
    once = {record.event_id: record for record in records}.values()
    exposures = [
        each
        for each in once
        if isinstance(each, ExposureRecord)
        and (each.experiment, each.salt) == (question.experiment, question.salt)
    ]
    exposed: dict[str, set[str]] = {}
    for each in exposures:
        exposed.setdefault(each.arm, set()).add(each.user)
    users = {each.user for each in exposures}
    crossed = {user for user in users if sum(user in found for found in exposed.values()) > 1}
    heard = [each.time for each in exposures]
    vectors: dict[str, list[dict[Metric, list[float]]]] = {arm: [] for arm in exposed}
    elsewhere: dict[str, list[float]] = {arm: [] for arm in exposed}
    hours: set[datetime] = set()
    for arm, members in exposed.items():
        for user in members - crossed:
            first = min(each.time for each in exposures if each.user == user)
            events = [
                each
                for each in once
                if isinstance(each, PredictionRecord | OutcomeRecord | SettledRecord)
                and each.user == user
            ]
            heard += [each.time for each in events]
            begin = first - timedelta(seconds=question.history_seconds)
            times = {each.prediction_id: ulid_time(each.prediction_id) for each in events}
            times |= {e.prediction_id: e.time for e in events if isinstance(e, PredictionRecord)}
            since = {key for key, time in times.items() if first <= time < question.until}
            before = {
                key for key, time in times.items() if begin <= time < min(first, question.until)
            }
            asked = [
                (each.experiment, each.arm) == (question.experiment, arm)
                for each in events
                if isinstance(each, PredictionRecord)
                and each.prediction_id in since
                and each.reason not in GIVEN_UP
            ]
            if asked:
                elsewhere[arm].append(asked.count(False) / len(asked))
            hours |= {
                each.time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
                for each in events
                if isinstance(each, PredictionRecord) and each.prediction_id in since
            }
            if not any(
                isinstance(e, PredictionRecord) and e.prediction_id in since for e in events
            ):
                continue
            now = ratios([each for each in events if each.prediction_id in since], question)
            then = ratios([each for each in events if each.prediction_id in before], question)
            vectors[arm].append({metric: [*now[metric], *then[metric]] for metric in Metric})
    return Measured(
        arms={
            arm: {metric: moments([each[metric] for each in found]) for metric in Metric}
            for arm, found in vectors.items()
        },
        num_users={arm: len(members) for arm, members in exposed.items()},
        num_in_several=len(crossed),
        elsewhere={arm: fmean(found) for arm, found in elsewhere.items() if found},
        hours_heard=sum(each >= question.stage for each in hours),
        last_heard=max(heard, default=None),
    )


def ratios(
    events: Sequence[PredictionRecord | OutcomeRecord | SettledRecord], question: Question
) -> dict[Metric, tuple[float, float]]:
    found = [each for each in events if isinstance(each, PredictionRecord)]
    asked = [each for each in found if each.reason not in GIVEN_UP]
    answered = [each for each in asked if not each.failed]
    late = [each for each in answered if each.reason == "deadline_exceeded"]
    in_time = [each for each in answered if each.reason != "deadline_exceeded"]
    long = [each for each in found if each.seconds.get("total", 0.0) > question.slow_seconds]
    given_up = [each for each in long if each.reason in GIVEN_UP]
    slow = [each for each in long if each in in_time] + late + given_up
    edits = [each.reversal_ratio for each in found if each.reversal_ratio is not None]
    outcomes = [each for each in events if isinstance(each, OutcomeRecord)]
    accepted = {
        each.prediction_id
        for each in outcomes
        if each.outcome in ("accepted", "partially_accepted")
    }
    shown = accepted | {
        each.prediction_id
        for each in outcomes
        if each.outcome == "shown" or (each.outcome == "rejected" and each.was_shown is not False)
    }
    firsts: dict[str, SettledRecord] = {}
    for each in events:
        if isinstance(each, SettledRecord):
            known = firsts.get(each.prediction_id, each)
            firsts[each.prediction_id] = min(known, each, key=lambda e: (e.time, e.event_id))
    counts = [each.counts for each in firsts.values()]
    kept = sum(each.kept_bytes + each.correctly_deleted_bytes for each in counts)
    predicted = sum(each.candidate_new_bytes + each.candidate_deleted_bytes for each in counts)
    failures = [
        each
        for each in asked
        if each.failed or each.is_fallback or each.reason == "deadline_exceeded"
    ]
    hours = {each.time.astimezone(UTC).strftime("%Y%m%d%H") for each in found}
    return {
        Metric.KEPT_RATE: (kept, predicted),
        Metric.ACCEPTANCE_RATE: (len(accepted), len(shown)),
        Metric.SLOW_RATE: (len(slow), len(answered) + len(given_up)),
        Metric.FAILURE_RATE: (len(failures), len(asked)),
        Metric.EMPTY_RATE: (len([e for e in in_time if e.reason is not None]), len(in_time)),
        Metric.REVERSAL_RATIO: (sum(min(ratio, 1.0) for ratio in edits), len(edits)),
        Metric.KEPT_PER_HOUR: (kept, len(hours)),
    }


def moments(vectors: Sequence[Sequence[float]]) -> Moments:
    sums, products = np.zeros(4), np.zeros((4, 4))
    for each in vectors:
        sums += np.array(each)
        products += np.outer(each, each)
    return Moments(len(vectors), sums, products)
