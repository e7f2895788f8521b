"""When experiments are looked at, and what comes on record of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from rollout.desk import Action, Wish
from rollout.experiments.document import ExperimentSpec, RolloutDocument
from rollout.experiments.state import Progress
from rollout.judge.judgement import Evidence
from tests.rollout.controller.bench import DAY, Bench, step


def test_too_early_to_tell_is_noted_once_a_look(bench: Bench) -> None:
    bench.num_users = 210
    bench.run(min_users=2)
    controller = bench.controller()
    for hours in (24, 25, 30, 49):
        step(controller, bench.started + timedelta(hours=hours))
    assert bench.actions() == ["hold", "hold"]
    assert bench.progress.stage == 0
    assert "more users in each arm" in bench.store.history(1)[0].reasons[0]


def test_an_approval_of_what_is_not_safe_yet_is_looked_at_once(bench: Bench) -> None:
    bench.num_users = 210
    bench.run(min_users=2, approval="always")
    controller = bench.controller()
    step(controller, bench.started + DAY)
    bench.desk.carry_out(Wish(Action.APPROVE, "one", "ann"))
    for hours in (30, 31, 32):
        step(controller, bench.started + timedelta(hours=hours))
    assert bench.actions() == ["hold", "hold"]
    step(controller, bench.started + 2 * DAY)
    assert bench.actions() == ["hold", "hold", "hold"]


def test_an_approval_was_looked_at_whoever_leads(bench: Bench) -> None:
    bench.num_users = 210
    bench.run(min_users=2, approval="always")
    bench.desk.carry_out(Wish(Action.APPROVE, "one", "ann"))
    looks = []

    def measure(spec: ExperimentSpec, progress: Progress, now: datetime) -> Mapping[str, Evidence]:
        looks.append(now)
        return bench.measure(spec, progress, now)

    for name in ("first", "second"):
        controller = bench.controller(name, measure=measure)
        step(controller, bench.started + timedelta(hours=1))
        controller.stop()
    assert len(looks) == 1


@pytest.mark.parametrize(("before", "then"), [(1, 24), (24, 1)])
def test_whoever_looks_less_often_than_others_did_does_so(
    bench: Bench, before: int, then: int
) -> None:
    bench.num_users = 210
    bench.run(min_users=2)
    first = bench.controller("first", look=timedelta(hours=before))
    step(first, bench.started + 2 * DAY)
    first.stop()
    second = bench.controller("second", look=timedelta(hours=then))
    step(second, bench.started + 2 * DAY + timedelta(minutes=10))
    assert bench.actions() == ["hold"]
    step(second, bench.started + 2 * DAY + timedelta(hours=then, minutes=1))
    assert bench.actions() == ["hold", "hold"]


def test_no_look_is_lost_from_the_record_when_looks_become_fewer(bench: Bench) -> None:
    """The first of these and the first of those are not the same."""
    bench.num_users = 210
    bench.run(min_users=2)
    hourly = bench.controller("first", look=timedelta(hours=1))
    for hours in (1, 2):
        step(hourly, bench.started + timedelta(hours=hours))
    hourly.stop()
    daily = bench.controller("second")
    for day in (1, 2):
        step(daily, bench.started + day * DAY)
    assert bench.actions() == ["hold"] * 4


def test_a_log_that_is_away_is_waited_for(bench: Bench) -> None:
    bench.run()
    bench.is_readable = False
    controller = bench.controller()
    for minutes in (0, 1.5, 3):
        step(controller, bench.started + DAY + timedelta(minutes=minutes))
    assert bench.actions() == ["hold"]
    bench.is_readable = True
    step(controller, bench.started + DAY + timedelta(minutes=3.5))
    assert bench.progress.stage == 0
    step(controller, bench.started + DAY + timedelta(minutes=4.5))
    assert bench.progress.stage == 1


def test_an_experiment_that_cannot_be_judged_keeps_no_other(bench: Bench) -> None:
    bench.run(layer_share=[0.0, 0.5])
    document = bench.desk.state().document
    assert document is not None
    fields = document.model_dump(mode="json") | {"version": 2}
    other = {"key": "two", "salt": "two-1", "layer_share": [0.5, 1.0]}
    fields["experiments"].append(fields["experiments"][0] | other)
    bench.desk.apply(RolloutDocument.model_validate(fields), "test")
    bench.desk.carry_out(Wish(Action.START, "two", "test"))

    def measure(spec: ExperimentSpec, progress: Progress, now: datetime) -> Mapping[str, Evidence]:
        if spec.key == "one":
            raise ZeroDivisionError
        return bench.measure(spec, progress, now)

    step(bench.controller(measure=measure), bench.started + DAY + timedelta(minutes=1))
    assert bench.progress.stage == 0
    assert bench.desk.state().of("two").stage == 1


def test_what_goes_wrong_at_a_look_is_not_tried_again_at_once(bench: Bench) -> None:
    bench.run()
    looks = []

    def fail(_spec: ExperimentSpec, _progress: Progress, now: datetime) -> Mapping[str, Evidence]:
        looks.append(now)
        raise ZeroDivisionError

    controller = bench.controller(measure=fail)
    for seconds in (0, 2, 4, 58, 61):
        step(controller, bench.started + DAY + timedelta(seconds=seconds))
    assert len(looks) == 2


def test_a_look_that_was_dated_by_a_clock_far_ahead_is_not_believed(bench: Bench) -> None:
    bench.num_users = 210
    bench.run(min_users=2)
    ahead = bench.controller("first")
    step(ahead, bench.started + 400 * DAY)
    ahead.stop()
    right = bench.controller("second")
    for day in (1, 2):
        step(right, bench.started + day * DAY)
    assert bench.actions() == ["hold", "hold", "hold"]


def test_a_clock_that_goes_back_looks_at_nothing_twice(bench: Bench) -> None:
    bench.num_users = 210
    bench.run(min_users=2)
    controller = bench.controller()
    for minutes in (0, -5, 3):
        step(controller, bench.started + DAY + timedelta(minutes=minutes))
    assert bench.actions() == ["hold"]
