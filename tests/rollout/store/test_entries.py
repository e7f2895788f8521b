"""What is kept, read by whoever did not write it."""

import json

import pytest

from rollout.experiments.state import Progress, RolloutState, Status
from rollout.store.entries import UnreadableState, read_state

STATE = RolloutState(revision=3, progress={"one": Progress(status=Status.RUNNING, stage=1)})


def test_what_a_later_version_has_added_is_left_out() -> None:
    fields = json.loads(STATE.model_dump_json()) | {"mood": "good"}
    fields["progress"]["one"]["mood"] = "better"
    assert read_state(json.dumps(fields)) == STATE


def test_what_is_missing_or_means_something_else_is_not_guessed() -> None:
    fields = json.loads(STATE.model_dump_json())
    fields["progress"]["one"]["status"] = "humming"
    with pytest.raises(UnreadableState, match="enum"):
        read_state(json.dumps(fields))
