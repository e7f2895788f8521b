"""What is plainly broken is taken back at once, whatever else goes on."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from rollout.experiments.document import ExperimentSpec
from rollout.experiments.state import Progress, Status
from rollout.health.counts import Counts
from rollout.judge.judgement import Evidence
from tests.rollout.controller.bench import DAY, Bench, TableWhileRead, step


def test_a_look_that_takes_long_keeps_nobody_from_taking_back_what_is_broken(bench: Bench) -> None:
    bench.run()
    now = bench.started + DAY
    arms = {("one-1", "treatment"): Counts(150, 90, 0), ("one-1", "control"): Counts(150, 0, 0)}
    begun, may_end = threading.Event(), threading.Event()

    def measure(spec: ExperimentSpec, progress: Progress, now: datetime) -> Mapping[str, Evidence]:
        begun.set()
        assert may_end.wait(30)
        return bench.measure(spec, progress, now)

    controller = bench.controller(measure=measure)
    controller.guard(now)
    looking = threading.Thread(target=controller.look, args=(now,))
    looking.start()
    assert begun.wait(30)
    bench.health.add(int(now.timestamp() // 60), arms)
    controller.guard(now)
    assert bench.progress.status is Status.ROLLED_BACK
    may_end.set()
    looking.join()
    assert bench.actions() == ["rollback"]


def test_what_is_broken_is_taken_back_at_once(bench: Bench) -> None:
    bench.run()
    now = bench.started + timedelta(minutes=4)
    minute = int(now.timestamp() // 60)
    arms = {("one-1", "treatment"): Counts(150, 90, 0), ("one-1", "control"): Counts(150, 1, 0)}
    bench.health.add(minute - 2, arms)
    step(bench.controller(), now)
    assert bench.progress.status is Status.ROLLED_BACK
    assert "most requests failed for 60% of 150 users" in bench.store.history(1)[0].reasons[0]


@pytest.mark.parametrize(
    ("held", "status"),
    [
        (Counts(100, 1, 0), Status.ROLLED_BACK),
        (Counts(40, 30, 0), Status.PROMOTED),
        (Counts(5, 0, 0), Status.PROMOTED),
        (Counts(), Status.PROMOTED),
    ],
)
def test_what_breaks_for_everybody_but_a_holdout_is_taken_back(
    bench: Bench, held: Counts, status: Status
) -> None:
    bench.run(holdout=0.05)
    controller = bench.controller()
    step(controller, bench.started + DAY)
    step(controller, bench.started + 2 * DAY)
    assert bench.progress.status is Status.PROMOTED
    promoted = bench.progress.since
    assert promoted is not None
    arms = {("one-1", "control"): Counts(900, 800, 0), ("one-1", "holdout"): held}
    before, now = int(promoted.timestamp() // 60), promoted + timedelta(minutes=4)
    bench.health.add(before, arms)
    step(controller, now)
    assert bench.progress.status is Status.PROMOTED
    bench.health.add(before + 2, arms)
    step(controller, now)
    assert bench.progress.status is status


def test_what_is_broken_for_all_is_nobodys_fault(bench: Bench) -> None:
    bench.run()
    now = bench.started + timedelta(minutes=4)
    arms = {("one-1", "treatment"): Counts(150, 40, 0), ("one-1", "control"): Counts(150, 38, 0)}
    bench.health.add(int(now.timestamp() // 60), arms)
    step(bench.controller(), now)
    assert bench.progress.status is Status.RUNNING


def test_what_goes_wrong_with_the_breaker_keeps_no_look(bench: Bench) -> None:
    bench.num_users = 210
    bench.run(min_users=2)

    def fail() -> None:
        raise TypeError

    controller = bench.controller(health=TableWhileRead(bench.health, fail))
    for minutes in range(10):
        step(controller, bench.started + DAY + timedelta(minutes=minutes))
    assert bench.actions() == ["hold"]
