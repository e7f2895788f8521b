"""Outcomes: what a patch makes of the excerpt, and what happens if it makes nothing of it."""

import pytest

from tests.training.evaluation.examples import AFTER, BEFORE, HEADER, example, patch, prediction
from training.errors import InvalidRow, MissingSection
from training.evaluation.outcomes import (
    NO_PATCH,
    NOT_APPLICABLE,
    Outcome,
    expected_outcomes,
    predicted_outcome,
    prompt_input_of,
)
from training.examples import Prediction


def _predicted(given: Prediction) -> Outcome:
    return predicted_outcome(prompt_input_of(example()), given)


def test_a_patch_is_applied_and_its_cursor_taken_out() -> None:
    after = AFTER.replace("items)\n\n", "items)<|user_cursor|>\n\n")
    found = _predicted(prediction(after))
    assert (found.text, found.reason) == (AFTER, None)
    assert found.cursor == len("def total(items):\n    return sum(items)")


def test_a_header_alone_changes_nothing() -> None:
    found = _predicted(Prediction(provider="student", actual_patch=HEADER))
    assert found == Outcome(BEFORE, HEADER)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (Prediction(provider="student"), NO_PATCH),
        (Prediction(provider="student", reason="markers_missing"), "markers_missing"),
        (Prediction(provider="student", actual_patch="no patch"), NOT_APPLICABLE),
        (Prediction(provider="student", actual_patch=patch("a\n", "b\n")), NOT_APPLICABLE),
    ],
)
def test_what_cannot_be_applied_changes_nothing(given: Prediction, reason: str) -> None:
    assert _predicted(given) == Outcome(BEFORE, reason=reason)


def test_rows_are_those_of_the_file() -> None:
    # The same line twice: the row decides, and the excerpt starts at row 10.
    given = example()
    assert given.prompt_inputs is not None
    text = "a\nb\na\nb\n"
    prompt_input = given.prompt_inputs.model_copy(
        update={"cursor_excerpt": text, "excerpt_start_row": 10}
    )
    lower = Prediction(provider="student", actual_patch="@@ -13,1 +13,1 @@\n-a\n+x\n")
    assert predicted_outcome(prompt_input, lower).text == "a\nb\nx\nb\n"


def test_every_reference_is_read() -> None:
    found = expected_outcomes(example(expected=(AFTER, BEFORE)))
    assert [outcome.text for outcome in found] == [AFTER, BEFORE]


def test_an_example_without_right_answers_is_refused() -> None:
    with pytest.raises(MissingSection, match="run distill"):
        expected_outcomes(example(expected=()))
    with pytest.raises(MissingSection, match="run synthesize"):
        expected_outcomes(example().model_copy(update={"prompt_inputs": None}))


def test_a_reference_that_does_not_apply_is_refused_by_its_number() -> None:
    given = example()
    patches = (patch(AFTER), patch("a\n", "b\n"))
    spec = given.spec.model_copy(update={"expected_patches": patches})
    with pytest.raises(InvalidRow, match=r"expected_patches\[1\]"):
        expected_outcomes(given.model_copy(update={"spec": spec}))
