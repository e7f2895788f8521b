"""What was promoted for everybody is taken back in turn, the last one first."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rollout import InvalidDocument, RefusedChange
from rollout.experiments.document import RolloutDocument
from rollout.experiments.state import RolloutState, Status
from rollout.experiments.transitions import apply, promote, roll_back, start

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def spec(key: str, temperature: float) -> dict[str, Any]:
    treatment = {"key": "treatment", "changes": {"temperature": temperature}}
    return {"key": key, "salt": f"{key}-1", "treatments": [treatment], "stages": [0.3, 1.0]}


A, B, C = spec("a", 0.1), spec("b", 0.2), spec("c", 0.1)


def document(version: int, *specs: dict[str, Any]) -> RolloutDocument:
    return RolloutDocument.model_validate({"version": version, "experiments": list(specs)})


def promoted(*specs: dict[str, Any]) -> RolloutState:
    """All of these, one after the other."""
    state = apply(RolloutState(), document(1, *specs))
    for number, each in enumerate(specs):
        now = NOW + number * timedelta(hours=1)
        state = promote(start(state, each["key"], now), each["key"], now)
    return state


def last(state: RolloutState) -> str | None:
    found = state.promoted_last()
    return None if found is None else found[0].key


def test_the_last_one_is_the_last_one_though_another_one_made_the_same_of_it() -> None:
    state = promoted(A, B, C)
    with pytest.raises(RefusedChange, match="a is promoted, and so was c after it: that first"):
        roll_back(state, "a", NOW)
    for key, temperature in (("c", 0.2), ("b", 0.1), ("a", None)):
        assert last(state) == key
        state = roll_back(state, key, NOW)
        assert state.stable.temperature == temperature
    assert last(state) is None


def test_the_documents_order_is_not_that_of_promotions() -> None:
    state = apply(promoted(A, B), document(2, B, A))
    assert last(state) == "b"


def test_what_was_promoted_before_one_that_is_left_out_stays() -> None:
    """Taken back, it would take with it what came after and nobody can name any more."""
    state = apply(promoted(A, B, C), document(2, A, C))
    state = roll_back(state, "c", NOW)
    assert (last(state), state.stable.temperature) == (None, 0.2)
    with pytest.raises(RefusedChange, match="that the document has no more"):
        roll_back(state, "a", NOW)
    assert apply(state, document(3, C)).stable.temperature == 0.2


def test_one_that_is_tried_anew_counts_as_left_out() -> None:
    again = A | {"salt": "a-2"}
    state = apply(promoted(A, B), document(2, again, B))
    assert state.promoted == ("b",)
    state = promote(start(state, "a", NOW), "a", NOW)
    assert state.promoted == ("b", "a")


def test_the_last_one_is_kept() -> None:
    state = promoted(A, B, C)
    with pytest.raises(InvalidDocument, match="c was promoted last"):
        apply(state, document(2, A, B))
    with pytest.raises(InvalidDocument, match="c was promoted last"):
        apply(state, document(2, A, B, C | {"salt": "c-2"}))


def test_a_treatment_that_everybody_has_not_is_not_taken_from_everybody() -> None:
    several = [{"key": k, "changes": {"temperature": t}} for k, t in (("x", 0.1), ("y", 0.2))]
    state = apply(RolloutState(), document(1, A | {"treatments": several}))
    state = promote(start(state, "a", NOW), "a", NOW, "y")
    with pytest.raises(RefusedChange, match="everybody has y"):
        roll_back(state, "a", NOW, "x")
    assert roll_back(state, "a", NOW, "y").of("a").status is Status.ROLLED_BACK


def as_saved_before(state: RolloutState) -> RolloutState:
    """By a version that did not keep the order."""
    fields = json.loads(state.model_dump_json())
    del fields["promoted"]
    return RolloutState.model_validate_json(json.dumps(fields))


def test_a_state_that_was_saved_before_says_it_by_its_instants() -> None:
    assert as_saved_before(RolloutState()) == RolloutState()
    state = promoted(A, B, C)
    assert as_saved_before(state) == state
    state = roll_back(state, "c", NOW)
    assert as_saved_before(state) == state
    assert as_saved_before(apply(state, document(2, B, C))).promoted == ("b",)


def test_a_state_that_was_saved_before_undoes_nothing_that_it_cannot() -> None:
    state = roll_back(apply(promoted(A, B, C), document(2, A, C)), "c", NOW)
    assert as_saved_before(state).promoted == ()
