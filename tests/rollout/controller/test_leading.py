"""One of several controllers leads, says so, and leaves nothing undone when it ends."""

import pytest

from rollout import StoreUnavailable
from rollout.desk import Action, Wish
from rollout.store.base import AuditEntry
from rollout.store.sqlite import SqliteRolloutStore
from tests.rollout.controller.bench import DAY, Bench, step


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
