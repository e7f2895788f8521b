"""Scores: the metrics of a prediction, the choice of the reference, silence and its merits."""

import pytest

from prompt_format import EditEvent
from tests.training.evaluation.examples import AFTER, BEFORE, example, prediction
from training.evaluation.outcomes import NOT_APPLICABLE
from training.evaluation.scoring import Metrics, score_predictions
from training.examples import Example, Prediction, Score


def _score(given: Example) -> Score:
    (found,) = score_predictions(given)
    return found


def _part(metrics: Metrics, *names: str) -> tuple[float | None, ...]:
    return tuple(metrics[name] for name in names)


def test_the_expected_edit() -> None:
    found = _score(example(prediction(AFTER)))
    assert (found.reference, found.reason) == (0, None)
    metrics = found.metrics
    assert _part(metrics, "wanted", "given", "usable", "exact_match") == (1, 1, 1, 1)
    assert _part(metrics, "delta_chr_f", "delta_chr_f_recall", "kept_rate") == (100, 1, 1)
    # -return 0 and +return sum(items).
    assert _part(metrics, "exact_lines_true_positives", "exact_lines_false_positives") == (2, 0)
    # "0" -> "sum", "(", "items", ")".
    assert _part(metrics, "inserted_tokens", "deleted_tokens") == (4, 1)
    assert _part(metrics, "seconds", "num_tokens") == (0.25, 7)
    assert _part(metrics, "wrong_region", "isolated_whitespace", "brace_imbalance") == (0, 0, 0)
    assert _part(metrics, "cursor_exact", "cursor_distance") == (None, None)


def test_silence_where_an_edit_was_wanted() -> None:
    metrics = _score(example(prediction(BEFORE))).metrics
    assert _part(metrics, "wanted", "given", "usable") == (1, 0, 1)
    assert _part(metrics, "delta_chr_f", "recall_rate", "exact_match") == (0, 0, 0)
    assert _part(metrics, "exact_lines_false_positives", "exact_lines_false_negatives") == (0, 2)


def test_silence_where_it_was_right() -> None:
    metrics = _score(example(prediction(BEFORE), expected=(BEFORE,))).metrics
    assert _part(metrics, "wanted", "given", "exact_match", "delta_chr_f") == (0, 0, 1, 100)


def test_an_edit_where_silence_was_right() -> None:
    metrics = _score(example(prediction(AFTER), expected=(BEFORE,))).metrics
    assert _part(metrics, "wanted", "given", "exact_match", "delta_chr_f") == (0, 1, 0, 0)
    assert metrics["exact_lines_false_positives"] == 2


def test_an_answer_that_cannot_be_read_is_silence_with_a_reason() -> None:
    found = _score(example(prediction(None)))
    assert found.reason == "markers_missing"
    assert _part(found.metrics, "given", "usable", "delta_chr_f") == (0, 0, 0)
    unfit = Prediction(provider="student", actual_patch="@@ -1,1 +1,1 @@\n-x\n+y\n")
    found = _score(example(unfit))
    assert found.reason == NOT_APPLICABLE
    assert _part(found.metrics, "usable", "exact_lines_false_positives") == (0, 0)


def test_the_best_of_several_references_counts() -> None:
    other = BEFORE.replace("return 0", "return len(items)")
    found = _score(example(prediction(AFTER), expected=(other, AFTER, AFTER)))
    assert found.reference == 1
    assert found.metrics["exact_match"] == 1


def test_an_exact_match_is_better_than_one_up_to_whitespace() -> None:
    spaced = AFTER.replace("sum(items)", "sum(items)  ")
    found = _score(example(prediction(AFTER), expected=(spaced, AFTER)))
    assert (found.reference, found.metrics["exact_match"]) == (1, 1)


def test_an_edit_is_wanted_if_any_reference_edits() -> None:
    metrics = _score(example(prediction(BEFORE), expected=(AFTER, BEFORE))).metrics
    assert _part(metrics, "wanted", "given", "exact_match") == (1, 0, 1)


def test_the_cursor_is_compared_in_the_excerpt_and_not_in_the_lines() -> None:
    wanted = AFTER.replace("items)\n\n", "items)<|user_cursor|>\n\n")
    early = AFTER.replace("sum(items)", "<|user_cursor|>sum(items)")
    exact = _score(example(prediction(wanted), expected=(wanted,))).metrics
    assert _part(exact, "cursor_exact", "cursor_distance", "exact_match") == (1, 0, 1)
    near = _score(example(prediction(early), expected=(wanted,))).metrics
    assert _part(near, "cursor_exact", "cursor_distance") == (0, len("sum(items)"))
    assert _part(near, "exact_match", "exact_lines_true_positives") == (1, 2)
    none = _score(example(prediction(AFTER), expected=(wanted,))).metrics
    assert _part(none, "cursor_exact", "cursor_distance") == (0, None)


def test_undoing_what_the_user_did() -> None:
    undone = BEFORE.replace("return 0", "pass")
    event = EditEvent(
        path="shop/cart.py", diff="@@ -1,2 +1,2 @@\n def total(items):\n-    pass\n+    return 0\n"
    )
    metrics = _score(example(prediction(undone), expected=(BEFORE,), events=(event,))).metrics
    assert metrics["reversal_ratio"] == pytest.approx(1.0)


def test_an_excerpt_without_a_last_newline() -> None:
    given = example(prediction(AFTER))
    assert given.prompt_inputs is not None
    bare = given.prompt_inputs.model_copy(update={"cursor_excerpt": BEFORE.removesuffix("\n")})
    metrics = _score(given.model_copy(update={"prompt_inputs": bare})).metrics
    assert _part(metrics, "exact_match", "delta_chr_f", "reversal_ratio") == (1, 100, 0)


def test_syntax_errors_before_and_after() -> None:
    broken = BEFORE.replace("return 0", "return (0")
    metrics = _score(example(prediction(broken))).metrics
    assert metrics["syntax_errors_before"] == 0
    assert (metrics["syntax_errors_after"] or 0) > 0
    assert metrics["brace_imbalance"] == 1


def test_a_language_without_a_grammar_has_no_count_of_errors() -> None:
    given = example(prediction(AFTER)).model_copy(update={"language": "no such language"})
    metrics = _score(given).metrics
    assert _part(metrics, "syntax_errors_before", "syntax_errors_after") == (None, None)


def test_every_prediction_has_a_score() -> None:
    found = score_predictions(example(prediction(None), prediction(AFTER)))
    assert [score.metrics["exact_match"] for score in found] == [0, 1]
    assert score_predictions(example()) == ()
