"""The loop that decides, on a real store; what is measured is given."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from prompt_format import FORMATS
from rollout import StoreUnavailable
from rollout.controller.controller import Controller, EvidenceMissing, Measure
from rollout.controller.metrics import ControllerMetrics
from rollout.desk import Action, RolloutDesk, Wish
from rollout.experiments.catalogue import Catalogue
from rollout.experiments.document import ExperimentSpec, RolloutDocument
from rollout.experiments.state import Progress, Status
from rollout.health.counts import ArmName, Counts, HealthTable
from rollout.health.sqlite import SqliteHealthTable
from rollout.judge.judgement import Evidence
from rollout.store.base import AuditEntry, RolloutStore
from rollout.store.sqlite import SqliteRolloutStore
from tests.rollout.judge.test_judgement import arm

DAY = timedelta(days=1)
GUARDRAILS = [{"metric": "kept_rate", "margin": 0.02}, {"metric": "slow_rate", "margin": 0.02}]


class Bench:
    """A store with an experiment that runs, and controllers for it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rollout.sqlite"
        self.store = SqliteRolloutStore(self.path)
        self.health = SqliteHealthTable(folder / "health.sqlite")
        self.desk = RolloutDesk(self.store, Catalogue(FORMATS))
        self.kept: dict[str, float] = {"treatment": 0.3}
        self.num_users = 4000
        self.is_readable = True
        self.started = datetime.now(UTC)

    def run(self, **changes: Any) -> None:
        treatments = [{"key": key, "changes": {"temperature": 0.1}} for key in self.kept]
        spec = {"key": "one", "salt": "one-1", "treatments": treatments, "guardrails": GUARDRAILS}
        fields = {"version": 1, "experiments": [spec | changes]}
        self.desk.apply(RolloutDocument.model_validate(fields), "test")
        self.desk.carry_out(Wish(Action.START, "one", "test"))
        started = self.desk.state().of("one").started
        assert started is not None
        self.started = started

    def controller(
        self,
        name: str = "first",
        measure: Measure | None = None,
        health: HealthTable | None = None,
        look: timedelta = DAY,
        store: RolloutStore | None = None,
    ) -> Controller:
        self.registry = CollectorRegistry()
        store = store or self.store
        return Controller(
            store,
            RolloutDesk(store, Catalogue(FORMATS)),
            measure or self.measure,
            health or self.health,
            ControllerMetrics(self.registry),
            name,
            look.total_seconds(),
        )

    def measure(
        self, _spec: ExperimentSpec, progress: Progress, now: datetime
    ) -> Mapping[str, Evidence]:
        if not self.is_readable:
            raise EvidenceMissing("the log cannot be read: it is away")
        assert progress.since is not None
        return {
            key: Evidence(
                control=arm(self.num_users, 0.3, 0.08, seed=1),
                treatment=arm(self.num_users, kept, 0.08, seed=2),
                num_users=(self.num_users, self.num_users),
                stage_seconds=(now - progress.since).total_seconds(),
            )
            for key, kept in self.kept.items()
        }

    @property
    def progress(self) -> Progress:
        return self.desk.state().of("one")

    def metric(self, name: str, **labels: str) -> float | None:
        """Of the controller that was made last."""
        return self.registry.get_sample_value(f"foretype_rollout_{name}", labels)

    def actions(self) -> list[str]:
        """Of the controller, oldest first."""
        entries = reversed(self.store.history())
        return [each.action for each in entries if each.actor == "controller"]


def step(controller: Controller, now: datetime) -> None:
    """As a server does, every other second."""
    controller.guard(now)
    controller.look(now)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_up_the_ladder_a_stage_a_look(bench: Bench) -> None:
    bench.run()
    controller = bench.controller()
    step(controller, bench.started + DAY / 2)
    assert bench.actions() == []
    step(controller, bench.started + DAY)
    assert (bench.progress.status, bench.progress.stage) == (Status.RUNNING, 1)
    step(controller, bench.started + 1.5 * DAY)
    assert bench.progress.stage == 1
    step(controller, bench.started + 2.1 * DAY)
    assert bench.progress.status is Status.PROMOTED
    assert bench.desk.state().stable.temperature == 0.1
    entry = bench.store.history(1)[0]
    assert entry.reasons[0].startswith("kept rate is safe")
    numbers = entry.numbers["treatments"]["treatment"]["kept_rate"]
    assert numbers["standing"] == "safe" and numbers["lower"] > -0.02
    assert bench.actions() == ["promote", "promote"]


def test_worse_is_rolled_back_for_a_reason(bench: Bench) -> None:
    bench.kept["treatment"] = 0.27
    bench.run()
    step(bench.controller(), bench.started + DAY)
    assert bench.progress.status is Status.ROLLED_BACK
    assert bench.store.history(1)[0].reasons[0].startswith("kept rate is worse")


def test_too_early_to_tell_is_noted_once_a_look(bench: Bench) -> None:
    bench.num_users = 210
    bench.run(min_users=2)
    controller = bench.controller()
    for hours in (24, 25, 30, 49):
        step(controller, bench.started + timedelta(hours=hours))
    assert bench.actions() == ["hold", "hold"]
    assert bench.progress.stage == 0
    assert "more users in each arm" in bench.store.history(1)[0].reasons[0]


@pytest.mark.parametrize(("approval", "stages"), [("always", [0, 0]), ("last", [1, 1])])
def test_somebody_has_to_agree(bench: Bench, approval: str, stages: list[int]) -> None:
    bench.run(approval=approval)
    controller = bench.controller()
    seen = []
    for day in (1, 2):
        step(controller, bench.started + day * DAY + DAY / 10)
        seen.append(bench.progress.stage)
    assert seen == stages
    assert bench.actions()[-1] == "needs_approval"
    bench.desk.carry_out(Wish(Action.APPROVE, "one", "ann"))
    step(controller, bench.started + 2.2 * DAY)
    assert bench.progress.stage == stages[-1] + 1


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


def test_held_by_hand_stays(bench: Bench) -> None:
    bench.run()
    bench.desk.carry_out(Wish(Action.HOLD, "one", "ann"))
    step(bench.controller(), bench.started + DAY)
    assert (bench.progress.status, bench.progress.stage) == (Status.HELD, 0)
    assert bench.actions() == []


def test_one_leads_and_the_next_one_knows_what_was_looked_at(bench: Bench) -> None:
    bench.num_users = 210
    bench.run(min_users=2)
    first, second = bench.controller("first"), bench.controller("second")
    step(first, bench.started + DAY)
    step(second, bench.started + DAY)
    assert bench.actions() == ["hold"]
    first.stop()
    step(second, bench.started + 1.1 * DAY)
    assert bench.actions() == ["hold"]
    step(second, bench.started + 2 * DAY)
    step(first, bench.started + 2 * DAY)
    assert bench.actions() == ["hold", "hold"]


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


def test_who_leads_what_was_looked_at_and_what_is_missing_is_told(bench: Bench) -> None:
    bench.num_users = 210
    bench.run(min_users=2)
    leader = bench.controller("first")
    now = bench.started + DAY
    leader.guard(now)
    started = bench.started.timestamp()
    assert bench.metric("look_timestamp_seconds", experiment="one") == started
    step(leader, now)
    leader.guard(now)
    assert bench.metric("leads") == 1
    assert bench.metric("step_timestamp_seconds") == now.timestamp()
    assert bench.metric("look_timestamp_seconds", experiment="one") == now.timestamp()
    missing = bench.metric("missing_users", experiment="one", arm="treatment")
    assert missing is not None and missing > 0
    assert bench.metric("decisions_total", experiment="one", action="hold") == 1
    assert bench.metric("decisions_total", experiment="one", action="rollback") == 0
    bench.desk.carry_out(Wish(Action.ROLL_BACK, "one", "ann"))
    step(leader, now)
    assert bench.metric("look_timestamp_seconds", experiment="one") is None
    assert bench.metric("missing_users", experiment="one", arm="treatment") is None
    other = bench.controller("second")
    step(other, now)
    assert bench.metric("leads") == 0


def test_a_change_during_a_look_wins(bench: Bench) -> None:
    """What was decided of the state before is not done to the one after."""
    bench.run()

    def measure(spec: ExperimentSpec, progress: Progress, now: datetime) -> Mapping[str, Evidence]:
        bench.desk.carry_out(Wish(Action.HOLD, "one", "ann"))
        return bench.measure(spec, progress, now)

    step(bench.controller(measure=measure), bench.started + DAY)
    assert (bench.progress.status, bench.progress.stage) == (Status.HELD, 0)
    assert bench.actions() == []


@dataclass
class TableWhileRead:
    """A table of counts; something happens whenever it is read."""

    table: HealthTable
    happens: Callable[[], object]

    def add(self, minute: int, counts: Mapping[ArmName, Counts]) -> None:
        self.table.add(minute, counts)

    def since(self, minute: int) -> Mapping[ArmName, Counts]:
        self.happens()
        return self.table.since(minute)


def test_what_is_demanded_while_others_are_looked_at_counts(bench: Bench) -> None:
    """Of a document that was applied meanwhile, too."""
    bench.run()
    state = bench.desk.state()
    assert state.document is not None
    fields = state.document.model_dump(mode="json") | {"version": 2}
    fields["experiments"][0]["approval"] = "always"

    def apply() -> None:
        if bench.desk.state().version == 1:
            bench.desk.apply(RolloutDocument.model_validate(fields), "operator")

    health = TableWhileRead(bench.health, apply)
    step(bench.controller(health=health), bench.started + DAY)
    assert (bench.desk.state().version, bench.progress.stage) == (2, 0)


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


def test_all_that_are_worse_go_at_one_look(bench: Bench) -> None:
    bench.kept = {"a": 0.3, "b": 0.27, "c": 0.26}
    bench.run(stages=[0.2, 1.0])
    step(bench.controller(), bench.started + DAY)
    assert bench.progress.lost == ("b", "c")
    assert bench.actions() == ["rollback", "rollback"]


def test_what_a_leader_that_died_left_undone_the_next_one_does(bench: Bench) -> None:
    """Of several that are worse at one look it took back one."""
    bench.kept = {"a": 0.3, "b": 0.27, "c": 0.26}
    bench.run(stages=[0.2, 1.0])

    class Dying(SqliteRolloutStore):
        def save(self, entry: AuditEntry) -> None:
            super().save(entry)
            raise StoreUnavailable("it died")

    first = bench.controller("first", store=Dying(bench.path))
    first.guard(bench.started + DAY)
    with pytest.raises(StoreUnavailable):
        first.look(bench.started + DAY)
    assert list(bench.progress.lost) == ["b"]
    bench.store.resign("first")
    step(bench.controller("second"), bench.started + DAY)
    assert list(bench.progress.lost) == ["b", "c"]


def test_what_goes_wrong_with_the_breaker_keeps_no_look(bench: Bench) -> None:
    bench.num_users = 210
    bench.run(min_users=2)

    def fail() -> None:
        raise TypeError

    controller = bench.controller(health=TableWhileRead(bench.health, fail))
    for minutes in range(10):
        step(controller, bench.started + DAY + timedelta(minutes=minutes))
    assert bench.actions() == ["hold"]


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


def test_one_that_is_held_by_hand_is_not_overdue(bench: Bench) -> None:
    bench.run()
    controller = bench.controller()
    bench.desk.carry_out(Wish(Action.HOLD, "one", "ann"))
    step(controller, bench.started + 3 * DAY)
    assert bench.metric("look_timestamp_seconds", experiment="one") is None


def test_whoever_was_stopped_never_leads_again(bench: Bench) -> None:
    """Also in a step that had begun before."""
    bench.run()

    class Hanging(SqliteRolloutStore):
        def lead(self, holder: str, seconds: float) -> bool:
            controller.stop()
            return super().lead(holder, seconds)

    controller = bench.controller("first", store=Hanging(bench.path))
    controller.guard(bench.started)
    assert bench.store.lead("second", 1.0)


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


def test_of_several_the_worse_goes_and_the_best_goes_on(bench: Bench) -> None:
    bench.kept = {"a": 0.3, "b": 0.27, "c": 0.31}
    bench.run(stages=[0.2, 1.0])
    controller = bench.controller()
    step(controller, bench.started + DAY)
    assert bench.progress.lost == ("b",)
    step(controller, bench.started + 2 * DAY)
    assert (bench.progress.status, bench.progress.winner) == (Status.PROMOTED, "c")


def test_a_clock_that_goes_back_looks_at_nothing_twice(bench: Bench) -> None:
    bench.num_users = 210
    bench.run(min_users=2)
    controller = bench.controller()
    for minutes in (0, -5, 3):
        step(controller, bench.started + DAY + timedelta(minutes=minutes))
    assert bench.actions() == ["hold"]
