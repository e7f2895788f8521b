"""What a document would change, in words."""

from datetime import UTC, datetime
from typing import Any

from rollout.experiments.differences import differences
from rollout.experiments.document import RolloutDocument
from rollout.experiments.state import RolloutState
from rollout.experiments.transitions import apply, promote, start

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def spec(key: str, **changes: Any) -> dict[str, Any]:
    treatment = {"key": "treatment", "changes": changes}
    return {"key": key, "salt": key, "stages": [0.3, 1.0], "treatments": [treatment]}


def document(version: int, *specs: dict[str, Any]) -> RolloutDocument:
    return RolloutDocument.model_validate({"version": version, "experiments": list(specs)})


def test_a_treatment_that_changes_nothing() -> None:
    same = document(1, spec("same"))
    assert differences(RolloutState(), same) == [
        "same: new, a draft until it is started",
        "same.treatment: changes nothing: an A/A test",
    ]
    state = apply(RolloutState(), same)
    assert differences(state, document(2, spec("same"))) == []
    changed = differences(state, document(2, spec("same", temperature=0.5)))
    assert [line.partition(":")[0] for line in changed] == ["same.treatments"]


def test_one_that_is_left_out_can_be_taken_back_no_more() -> None:
    one, two, draft = spec("one", temperature=0.1), spec("two", temperature=0.2), spec("draft")
    state = apply(RolloutState(), document(1, one, two, draft))
    for key in ("one", "two"):
        state = promote(start(state, key, NOW), key, NOW)
    assert differences(state, document(2, two)) == [
        "one: left out; it stays promoted: neither it nor what was before it can be taken back",
        "draft: left out",
    ]
