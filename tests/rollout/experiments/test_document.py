"""The document is taken whole, or refused with every place that is wrong."""

import json
from typing import Any

import pytest

from rollout import InvalidDocument
from rollout.experiments.document import read_document

TEXT = """
version: 3
experiments:
  - key: student-2
    salt: student-2-a
    stages: [0.15, 0.2, 1.0]
    holdout: 0.02
    approval: last
    treatments:
      - key: treatment
        changes: {release: second-student, temperature: 0.2, judge: {max_reversal_ratio: 0.5}}
overrides:
  - {unit: ann, experiment: student-2, arm: treatment}
"""


def changed(**changes: Any) -> str:
    """The document with other fields of its experiment."""
    document = read_document(TEXT).model_dump(mode="json", exclude_unset=True)
    document["experiments"][0] |= changes
    return json.dumps(document)


def test_yaml_and_json_say_the_same() -> None:
    document = read_document(TEXT)
    assert read_document(document.model_dump_json()) == document
    spec = document.experiments[0]
    assert (spec.stages, spec.layer, spec.min_users) == ((0.15, 0.2, 1.0), "default", 200)
    assert spec.treatments[0].changes.as_fields().keys() == {"release", "temperature", "judge"}
    assert [each.metric for each in spec.guardrails][:2] == ["kept_rate", "acceptance_rate"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stages": [0.2, 0.15, 1.0]}, "stages must grow"),
        ({"stages": [0.15, 0.15, 1.0]}, "stages must grow"),
        ({"stages": [0.15, 0.5]}, "the last stage is everybody"),
        ({"stages": [1.0]}, "another one comes before it"),
        ({"stages": [0.15, 0.6, 1.0]}, "0.50 at most before everybody"),
        ({"stages": [0.0, 1.0]}, "stages.0"),
        ({"stages": [0.15, 1.5]}, "stages.1"),
        ({"holdout": 0.18}, "make it smaller"),
        ({"treatments": []}, "treatments"),
        ({"treatments": [{"key": "control", "changes": {}}]}, "are taken"),
        ({"treatments": [{"key": "holdout", "changes": {}}]}, "are taken"),
        ({"treatments": [{"key": "a", "changes": {}}] * 2}, "names of their own"),
        ({"treatments": [{"key": "a", "changes": {"prompt": "x"}}]}, "changes.prompt"),
        ({"treatments": [{"key": "a", "changes": {"max_output_tokens": 0}}]}, "max_output_tokens"),
        ({"layer_share": [0.5, 0.5]}, "layer_share"),
        ({"layer_share": [-0.1, 0.5]}, "layer_share"),
        ({"guardrails": []}, "at least one"),
        ({"guardrails": [{"metric": "kept_rate", "margin": 0.02}] * 2}, "each guardrail once"),
        ({"guardrails": [{"metric": "happiness", "margin": 0.02}]}, "guardrails.0.metric"),
        ({"guardrails": [{"metric": "kept_rate", "margin": 0.0}]}, "guardrails.0.margin"),
        ({"key": "stable"}, "no name for an experiment"),
        ({"key": "Student 2"}, "experiments.0.key"),
        ({"approval": "maybe"}, "approval"),
        ({"min_stage_hours": float("inf")}, "min_stage_hours"),
        ({"min_stage_hours": 1e308}, "min_stage_hours: .* less than or equal to 8760"),
        ({"min_users": 10**12}, "min_users: .* less than or equal to"),
        (
            {"treatments": [{"key": "a", "changes": {"max_output_tokens": 100_000_000}}]},
            "max_output_tokens: .* less than or equal to 8192",
        ),
        (
            {"treatments": [{"key": "a", "changes": {"max_prompt_tokens": 10**9}}]},
            "equal to 131072",
        ),
        ({"treatments": [{"key": "a", "changes": {"history_events": 10**9}}]}, "equal to 10000"),
        ({"guardrails": [{"metric": "kept_rate", "margin": 1e-200}]}, "margin"),
        ({"min_users": 1}, "min_users"),
        ({"shares": 3}, "shares"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidDocument, match=message):
        read_document(changed(**changes))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: [", "neither YAML nor JSON at line 1"),
        ("[]", "no mapping"),
        ("", "no mapping"),
        ("version: 0", "version"),
        ("experiments: []", "version"),
        ("version: 1\nversions: 2", "versions"),
        ("[" * 100_000, "too deep"),
        ("version: 1\nversion: 2", "version is there twice, again at line 2"),
        ("version: 1\nexperiments:\n  - {key: one, key: two}", "key is there twice, .* line 3"),
        ('{"version": 1, "version": 2}', "version is there twice"),
        ("!!python/object/apply:os.system [true]", "neither YAML nor JSON"),
    ],
)
def test_no_document(text: str, message: str) -> None:
    with pytest.raises(InvalidDocument, match=message):
        read_document(text)


def test_a_field_may_be_other_than_what_is_merged() -> None:
    text = """
    version: 1
    experiments:
      - &first {key: one, salt: one-1, treatments: [{key: treatment, changes: {}}]}
      - {<<: *first, key: two, salt: two-1}
    """
    assert [each.key for each in read_document(text).experiments] == ["one", "two"]


def test_a_share_is_of_the_experiments_part_of_its_layer() -> None:
    half = {"stages": [0.2, 0.5, 1.0], "holdout": 0.05, "layer_share": [0.4, 0.6]}
    spec = read_document(changed(**half)).experiments[0]
    shares = [spec.share_of_users(stage) for stage in range(3)]
    assert shares == pytest.approx([0.04, 0.1, 0.99])
    spec = read_document(changed(holdout=0.0)).experiments[0]
    assert [spec.share_of_users(stage) for stage in range(3)] == [0.15, 0.2, 1.0]


@pytest.mark.parametrize("arm", ["other", "holdout"])
def test_an_override_names_an_arm_that_there_is(arm: str) -> None:
    with pytest.raises(InvalidDocument, match="an arm that there is not"):
        read_document(TEXT.replace("arm: treatment}", f"arm: {arm}}}"))


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidDocument) as caught:
        read_document(changed(approval="maybe", min_users=1))
    assert "approval" in str(caught.value) and "min_users" in str(caught.value)
