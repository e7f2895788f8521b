"""How an experiment goes on, and what is refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rollout import InvalidDocument, RefusedChange
from rollout.experiments.document import RolloutDocument
from rollout.experiments.state import RolloutState, Status
from rollout.experiments.transitions import (
    apply,
    approve,
    hold,
    promote,
    resume,
    roll_back,
    start,
)

NOW = datetime(2026, 11, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
TREATMENT = {"key": "treatment", "changes": {"release": "second-student"}}


def spec(key: str = "one", **changes: Any) -> dict[str, Any]:
    return {"key": key, "salt": f"{key}-1", "treatments": [TREATMENT]} | changes


def document(version: int, *specs: dict[str, Any]) -> RolloutDocument:
    return RolloutDocument.model_validate({"version": version, "experiments": list(specs)})


def running(*specs: dict[str, Any]) -> RolloutState:
    state = apply(RolloutState(), document(1, *(specs or (spec(),))))
    return start(state, "one", NOW)


def test_up_the_ladder() -> None:
    state = running()
    assert state.of("one").status is Status.RUNNING
    state = promote(state, "one", LATER)
    assert (state.of("one").stage, state.of("one").since) == (1, LATER)
    assert state.stable.release is None
    state = promote(state, "one", LATER)
    assert state.of("one").status is Status.PROMOTED
    assert state.stable.release == "second-student"
    with pytest.raises(RefusedChange, match="one is promoted, not running"):
        promote(state, "one", LATER)


def test_what_was_promoted_stays_below_what_comes_next() -> None:
    state = promote(promote(running(), "one", NOW), "one", NOW)
    colder = {"key": "treatment", "changes": {"temperature": 0.1}}
    state = apply(state, document(2, spec(), spec("two", treatments=[colder], stages=[0.3, 1.0])))
    state = promote(start(state, "two", NOW), "two", NOW)
    assert (state.stable.release, state.stable.temperature) == ("second-student", 0.1)
    before = state.of("two").before
    assert before is not None and before.release == "second-student"


def test_what_was_promoted_can_be_taken_back_from_everybody() -> None:
    state = promote(promote(running(), "one", NOW), "one", NOW)
    back = roll_back(state, "one", LATER)
    assert (back.of("one").status, back.stable.release) == (Status.ROLLED_BACK, None)
    colder = {"key": "treatment", "changes": {"temperature": 0.1}}
    state = apply(state, document(2, spec(), spec("two", treatments=[colder], stages=[0.3, 1.0])))
    state = promote(start(state, "two", NOW), "two", NOW)
    with pytest.raises(RefusedChange, match="so was two after it"):
        roll_back(state, "one", LATER)
    state = roll_back(roll_back(state, "two", LATER), "one", LATER)
    assert state.stable.as_fields() == {}


def test_held_and_resumed() -> None:
    state = hold(running(), "one")
    assert state.of("one").status is Status.HELD
    assert [each.key for each, _progress in state.live()] == ["one"]
    assert resume(state, "one").of("one").status is Status.RUNNING
    assert promote(state, "one", LATER).of("one").stage == 1


def test_an_approval_is_for_one_stage() -> None:
    state = approve(running(), "one")
    assert state.of("one").has_approval
    assert not promote(state, "one", LATER).of("one").has_approval
    with pytest.raises(RefusedChange, match="approved already"):
        approve(state, "one")


def test_rolled_back_is_over() -> None:
    state = roll_back(running(), "one", LATER)
    assert state.of("one").status is Status.ROLLED_BACK
    assert state.live() == []
    with pytest.raises(RefusedChange, match="a new attempt needs a new salt"):
        start(state, "one", LATER)


def test_a_new_attempt_takes_a_new_salt() -> None:
    lost = roll_back(running(), "one", LATER)
    with pytest.raises(InvalidDocument, match="a new attempt needs a new salt"):
        apply(lost, document(2, spec(min_users=500)))
    state = apply(lost, document(2, spec(salt="one-2")))
    assert state.of("one").status is Status.DRAFT
    again = roll_back(start(state, "one", LATER), "one", LATER)
    with pytest.raises(InvalidDocument, match="salt one-1 was used already"):
        apply(again, document(3, spec(salt="one-1")))


def test_a_salt_is_not_taken_again_by_way_of_a_draft() -> None:
    lost = roll_back(running(), "one", LATER)
    draft = apply(lost, document(2, spec(salt="one-2")))
    with pytest.raises(InvalidDocument, match="salt one-1 was used already"):
        apply(draft, document(3, spec(salt="one-1")))


def test_what_was_promoted_last_is_not_left_out() -> None:
    state = promote(promote(running(), "one", NOW), "one", NOW)
    with pytest.raises(InvalidDocument, match="could not be taken back any more"):
        apply(state, document(2, spec("two")))


def test_what_was_promoted_last_is_not_tried_again_under_its_key() -> None:
    state = promote(promote(running(), "one", NOW), "one", NOW)
    with pytest.raises(InvalidDocument, match="a key of its own"):
        apply(state, document(2, spec(salt="one-2")))


def test_nobody_takes_the_salt_of_another() -> None:
    lost = roll_back(running(), "one", LATER)
    with pytest.raises(InvalidDocument, match="salt one-1 was"):
        apply(lost, document(2, spec("two", salt="one-1")))


def test_versions_follow_each_other() -> None:
    state = running()
    for version in (1, 3):
        with pytest.raises(InvalidDocument, match="2 would"):
            apply(state, document(version, spec()))
    assert apply(state, document(2, spec())).version == 2


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"treatments": [{"key": "treatment", "changes": {}}]}, "treatments"),
        ({"salt": "one-2"}, "salt"),
        ({"layer": "other"}, "layer"),
        ({"holdout": 0.1}, "holdout"),
        ({"guardrails": [{"metric": "kept_rate", "margin": 0.05}]}, "guardrails"),
        ({"stages": [0.1, 0.2, 1.0]}, "stages that were reached"),
    ],
)
def test_what_runs_stays_as_it_began(changes: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidDocument, match=f"one runs: .*{name}"):
        apply(running(), document(2, spec(**changes)))


def test_what_runs_may_be_given_more_time_and_other_stages_ahead() -> None:
    state = apply(running(), document(2, spec(min_users=900, stages=[0.15, 0.3, 0.5, 1.0])))
    assert promote(state, "one", LATER).of("one").stage == 1
    assert state.of("one").status is Status.RUNNING


def test_what_runs_cannot_be_left_out() -> None:
    with pytest.raises(InvalidDocument, match="roll it back before"):
        apply(running(), document(2, spec("two")))


def test_two_that_run_may_not_share_users() -> None:
    both = apply(RolloutState(), document(1, spec(), spec("two")))
    with pytest.raises(RefusedChange, match="two and one want the same share"):
        start(start(both, "one", NOW), "two", NOW)
    layers = apply(RolloutState(), document(1, spec(), spec("two", layer="other")))
    with pytest.raises(RefusedChange, match="in different layers"):
        start(start(layers, "one", NOW), "two", NOW)


def test_one_of_several_is_for_everybody() -> None:
    several = [{"key": key, "changes": {"temperature": t}} for key, t in (("a", 0.1), ("b", 0.2))]
    state = promote(running(spec(treatments=several, stages=[0.1, 0.3, 1.0])), "one", LATER)
    with pytest.raises(RefusedChange, match="one of a, b has to be chosen"):
        promote(state, "one", LATER)
    with pytest.raises(RefusedChange, match="no such treatment left; there are: a, b"):
        promote(state, "one", LATER, "c")
    chosen = promote(state, "one", LATER, "b")
    assert (chosen.of("one").status, chosen.of("one").winner) == (Status.PROMOTED, "b")
    assert chosen.stable.temperature == 0.2
    left = roll_back(state, "one", LATER, "a")
    assert left.of("one").status is Status.RUNNING
    with pytest.raises(RefusedChange, match="there are: b"):
        roll_back(left, "one", LATER, "a")
    assert promote(left, "one", LATER).of("one").winner == "b"
    assert roll_back(left, "one", LATER).of("one").status is Status.ROLLED_BACK


@pytest.mark.parametrize(
    "change",
    [
        lambda state: start(state, "none", NOW),
        lambda state: promote(state, "none", NOW),
        lambda state: hold(state, "none"),
        lambda state: roll_back(state, "none", NOW),
    ],
)
def test_what_there_is_not(change: Callable[[RolloutState], RolloutState]) -> None:
    with pytest.raises(RefusedChange, match="no such experiment; there are: one"):
        change(running())


def test_a_state_outlives_its_process() -> None:
    state = promote(promote(running(), "one", NOW), "one", LATER)
    assert RolloutState.model_validate_json(state.model_dump_json()) == state
