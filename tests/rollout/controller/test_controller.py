"""What becomes of an experiment at a look: on, back, or left where it is."""

from collections.abc import Mapping
from datetime import datetime

import pytest

from rollout.desk import Action, Wish
from rollout.experiments.document import ExperimentSpec, RolloutDocument
from rollout.experiments.state import Progress, Status
from rollout.judge.judgement import Evidence
from tests.rollout.controller.bench import DAY, Bench, TableWhileRead, step


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


def test_held_by_hand_stays(bench: Bench) -> None:
    bench.run()
    bench.desk.carry_out(Wish(Action.HOLD, "one", "ann"))
    step(bench.controller(), bench.started + DAY)
    assert (bench.progress.status, bench.progress.stage) == (Status.HELD, 0)
    assert bench.actions() == []


def test_a_change_during_a_look_wins(bench: Bench) -> None:
    """What was decided of the state before is not done to the one after."""
    bench.run()

    def measure(spec: ExperimentSpec, progress: Progress, now: datetime) -> Mapping[str, Evidence]:
        bench.desk.carry_out(Wish(Action.HOLD, "one", "ann"))
        return bench.measure(spec, progress, now)

    step(bench.controller(measure=measure), bench.started + DAY)
    assert (bench.progress.status, bench.progress.stage) == (Status.HELD, 0)
    assert bench.actions() == []


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


def test_all_that_are_worse_go_at_one_look(bench: Bench) -> None:
    bench.kept = {"a": 0.3, "b": 0.27, "c": 0.26}
    bench.run(stages=[0.2, 1.0])
    step(bench.controller(), bench.started + DAY)
    assert bench.progress.lost == ("b", "c")
    assert bench.actions() == ["rollback", "rollback"]


def test_of_several_the_worse_goes_and_the_best_goes_on(bench: Bench) -> None:
    bench.kept = {"a": 0.3, "b": 0.27, "c": 0.31}
    bench.run(stages=[0.2, 1.0])
    controller = bench.controller()
    step(controller, bench.started + DAY)
    assert bench.progress.lost == ("b",)
    step(controller, bench.started + 2 * DAY)
    assert (bench.progress.status, bench.progress.winner) == (Status.PROMOTED, "c")
