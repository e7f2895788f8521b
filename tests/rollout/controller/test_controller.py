"""The loop that decides, on a real store; what is measured is given."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from prompt_format import FORMATS
from rollout.controller.controller import Controller, EvidenceMissing
from rollout.desk import Action, RolloutDesk, Wish
from rollout.experiments.catalogue import Catalogue
from rollout.experiments.document import ExperimentSpec, RolloutDocument
from rollout.experiments.state import Progress, Status
from rollout.health.counts import Counts
from rollout.health.sqlite import SqliteHealthTable
from rollout.judge.judgement import Evidence
from rollout.store.sqlite import SqliteRolloutStore
from tests.rollout.judge.test_judgement import arm

DAY = timedelta(days=1)
GUARDRAILS = [{"metric": "kept_rate", "margin": 0.02}, {"metric": "slow_rate", "margin": 0.02}]


class Bench:
    """A store with an experiment that runs, and controllers for it."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteRolloutStore(folder / "rollout.sqlite")
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

    def controller(self, name: str = "first") -> Controller:
        day = DAY.total_seconds()
        return Controller(self.store, self.desk, self._measure, self.health, name, day)

    def _measure(
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

    def actions(self) -> list[str]:
        """Of the controller, oldest first."""
        entries = reversed(self.store.history())
        return [each.action for each in entries if each.actor == "controller"]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_up_the_ladder_a_stage_a_look(bench: Bench) -> None:
    bench.run()
    controller = bench.controller()
    controller.step(bench.started + DAY / 2)
    assert bench.actions() == []
    controller.step(bench.started + DAY)
    assert (bench.progress.status, bench.progress.stage) == (Status.RUNNING, 1)
    controller.step(bench.started + 1.5 * DAY)
    assert bench.progress.stage == 1
    controller.step(bench.started + 2.1 * DAY)
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
    bench.controller().step(bench.started + DAY)
    assert bench.progress.status is Status.ROLLED_BACK
    assert bench.store.history(1)[0].reasons[0].startswith("kept rate is worse")


def test_too_early_to_tell_is_noted_once_a_look(bench: Bench) -> None:
    bench.num_users = 210
    bench.run(min_users=2)
    controller = bench.controller()
    for hours in (24, 25, 30, 49):
        controller.step(bench.started + timedelta(hours=hours))
    assert bench.actions() == ["hold", "hold"]
    assert bench.progress.stage == 0
    assert "more users in each arm" in bench.store.history(1)[0].reasons[0]


@pytest.mark.parametrize(("approval", "stages"), [("always", [0, 0]), ("last", [1, 1])])
def test_somebody_has_to_agree(bench: Bench, approval: str, stages: list[int]) -> None:
    bench.run(approval=approval)
    controller = bench.controller()
    seen = []
    for day in (1, 2):
        controller.step(bench.started + day * DAY + DAY / 10)
        seen.append(bench.progress.stage)
    assert seen == stages
    assert bench.actions()[-1] == "needs_approval"
    bench.desk.carry_out(Wish(Action.APPROVE, "one", "ann"))
    controller.step(bench.started + 3.1 * DAY)
    assert bench.progress.stage == stages[-1] + 1


def test_held_by_hand_stays(bench: Bench) -> None:
    bench.run()
    bench.desk.carry_out(Wish(Action.HOLD, "one", "ann"))
    bench.controller().step(bench.started + DAY)
    assert (bench.progress.status, bench.progress.stage) == (Status.HELD, 0)
    assert bench.actions() == []


def test_one_leads_and_the_next_one_knows_what_was_looked_at(bench: Bench) -> None:
    bench.num_users = 210
    bench.run(min_users=2)
    first, second = bench.controller("first"), bench.controller("second")
    first.step(bench.started + DAY)
    second.step(bench.started + DAY)
    assert bench.actions() == ["hold"]
    first.stop()
    second.step(bench.started + 1.1 * DAY)
    assert bench.actions() == ["hold"]
    second.step(bench.started + 2 * DAY)
    first.step(bench.started + 2 * DAY)
    assert bench.actions() == ["hold", "hold"]


def test_a_change_during_a_look_wins(bench: Bench) -> None:
    """What was decided of the state before is not done to the one after."""
    bench.run()
    controller = bench.controller()

    def measure(spec: ExperimentSpec, progress: Progress, now: datetime) -> Mapping[str, Evidence]:
        bench.desk.carry_out(Wish(Action.HOLD, "one", "ann"))
        return bench._measure(spec, progress, now)

    controller._measure = measure
    controller.step(bench.started + DAY)
    assert (bench.progress.status, bench.progress.stage) == (Status.HELD, 0)
    assert bench.actions() == []


def test_what_is_demanded_while_others_are_looked_at_counts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a document that was applied meanwhile, too."""
    bench.run()
    controller = bench.controller()
    state = bench.desk.state()
    assert state.document is not None
    fields = state.document.model_dump(mode="json") | {"version": 2}
    fields["experiments"][0]["approval"] = "always"
    guarded = controller._guarded

    def late(*arguments: Any) -> None:
        if bench.desk.state().version == 1:
            bench.desk.apply(RolloutDocument.model_validate(fields), "operator")
        guarded(*arguments)

    monkeypatch.setattr(controller, "_guarded", late)
    controller.step(bench.started + DAY)
    assert bench.progress.stage == 0


def test_a_log_that_is_away_is_waited_for(bench: Bench) -> None:
    bench.run()
    bench.is_readable = False
    controller = bench.controller()
    for minutes in (0, 1.5, 3):
        controller.step(bench.started + DAY + timedelta(minutes=minutes))
    assert bench.actions() == ["hold"]
    bench.is_readable = True
    controller.step(bench.started + DAY + timedelta(minutes=3.5))
    assert bench.progress.stage == 0
    controller.step(bench.started + DAY + timedelta(minutes=4.5))
    assert bench.progress.stage == 1


def test_what_is_broken_is_taken_back_at_once(bench: Bench) -> None:
    bench.run()
    now = bench.started + timedelta(minutes=4)
    minute = int(now.timestamp() // 60)
    arms = {("one-1", "treatment"): Counts(150, 90, 0), ("one-1", "control"): Counts(150, 1, 0)}
    bench.health.add(minute - 2, arms)
    bench.controller().step(now)
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
    controller.step(bench.started + DAY)
    controller.step(bench.started + 2 * DAY)
    assert bench.progress.status is Status.PROMOTED
    promoted = bench.progress.since
    assert promoted is not None
    arms = {("one-1", "control"): Counts(900, 800, 0), ("one-1", "holdout"): held}
    before, now = int(promoted.timestamp() // 60), promoted + timedelta(minutes=4)
    bench.health.add(before, arms)
    controller.step(now)
    assert bench.progress.status is Status.PROMOTED
    bench.health.add(before + 2, arms)
    controller.step(now)
    assert bench.progress.status is status


def test_what_is_broken_for_all_is_nobodys_fault(bench: Bench) -> None:
    bench.run()
    now = bench.started + timedelta(minutes=4)
    arms = {("one-1", "treatment"): Counts(150, 40, 0), ("one-1", "control"): Counts(150, 38, 0)}
    bench.health.add(int(now.timestamp() // 60), arms)
    bench.controller().step(now)
    assert bench.progress.status is Status.RUNNING


def test_all_that_are_worse_go_at_one_look(bench: Bench) -> None:
    bench.kept = {"a": 0.3, "b": 0.27, "c": 0.26}
    bench.run(stages=[0.2, 1.0])
    bench.controller().step(bench.started + DAY)
    assert bench.progress.lost == ("b", "c")
    assert bench.actions() == ["roll_back", "roll_back"]


def test_one_that_cannot_be_judged_keeps_no_other(bench: Bench) -> None:
    """Its log is in order, and yet something goes wrong that nobody has thought of."""
    bench.run()
    now = bench.started + DAY
    arms = {("one-1", "treatment"): Counts(150, 90, 0), ("one-1", "control"): Counts(150, 0, 0)}
    bench.health.add(int(now.timestamp() // 60), arms)
    controller = bench.controller()

    def fail(_spec: ExperimentSpec, _progress: Progress, _now: datetime) -> Mapping[str, Evidence]:
        raise ZeroDivisionError

    controller._measure = fail
    controller.step(now)
    assert bench.progress.status is Status.ROLLED_BACK


def test_of_several_the_worse_goes_and_the_best_goes_on(bench: Bench) -> None:
    bench.kept = {"a": 0.3, "b": 0.27, "c": 0.31}
    bench.run(stages=[0.2, 1.0])
    controller = bench.controller()
    controller.step(bench.started + DAY)
    assert bench.progress.lost == ("b",)
    controller.step(bench.started + 2 * DAY)
    assert (bench.progress.status, bench.progress.winner) == (Status.PROMOTED, "c")


def test_a_clock_that_goes_back_looks_at_nothing_twice(bench: Bench) -> None:
    bench.num_users = 210
    bench.run(min_users=2)
    controller = bench.controller()
    for minutes in (0, -5, 3):
        controller.step(bench.started + DAY + timedelta(minutes=minutes))
    assert bench.actions() == ["hold"]
