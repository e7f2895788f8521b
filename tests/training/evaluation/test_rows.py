"""Evaluated rows: keys, kinds, sessions, and the choice of a provider."""

import pytest

from tests.training.evaluation.examples import (
    AFTER,
    BEFORE,
    HEADER,
    example,
    prediction,
    row,
    scored,
)
from training.errors import MissingSection
from training.evaluation.rows import EvaluatedRow, evaluated_row, key_of
from training.examples import Prediction


def test_a_row_has_scores_and_no_code() -> None:
    found = row(example(prediction(AFTER), revision="abc"))
    assert (found.name, found.kind, found.language) == ("case", "near", "python")
    assert found.session == "https://git.test/shop@abc"
    assert found.predictions[0].metrics["exact_match"] == 1
    assert "items" not in found.model_dump_json()
    assert EvaluatedRow.model_validate_json(found.model_dump_json()) == found


def test_the_reason_for_no_edit_is_the_score_s_or_the_prediction_s() -> None:
    unfit = Prediction(provider="student", actual_patch="@@ -1,1 +1,1 @@\n-x\n+y\n")
    suppressed = Prediction(provider="student", actual_patch=HEADER, reason="mass_deletion")
    found = row(example(prediction(None), unfit, suppressed, prediction(AFTER)))
    assert [each.reason for each in found.predictions] == [
        "markers_missing",
        "patch_does_not_apply",
        "mass_deletion",
        None,
    ]


def test_what_is_not_known_is_named_so() -> None:
    given = example(prediction(AFTER))
    spec = given.spec.model_copy(update={"tags": ("accepted",)})
    found = row(given.model_copy(update={"spec": spec, "language": None}))
    assert (found.kind, found.language, found.session) == ("unknown", "unknown", "")


def test_a_session_of_typing_comes_before_the_commit() -> None:
    given = example(prediction(AFTER), revision="abc").model_copy(update={"session": "s-1"})
    assert row(given).session == "s-1"


def test_only_the_predictions_of_a_provider() -> None:
    given = scored(example(prediction(AFTER), prediction(BEFORE, provider="teacher")))
    assert len(evaluated_row(given).predictions) == 2
    (only,) = evaluated_row(given, "teacher").predictions
    assert (only.provider, only.metrics["given"]) == ("teacher", 0)
    assert evaluated_row(given, "repair").predictions == ()


def test_predictions_without_scores_are_refused() -> None:
    with pytest.raises(MissingSection, match="run score first"):
        evaluated_row(example(prediction(AFTER)))


def test_the_key_is_that_of_the_question_and_not_of_the_answers() -> None:
    key = key_of(example())
    assert key == key_of(scored(example(prediction(AFTER))))
    assert key != key_of(example(name="other"))
    assert key != key_of(example(expected=(BEFORE,)))
    assert key != key_of(example(expected=(AFTER, BEFORE)))
