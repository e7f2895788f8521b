"""``score``: every prediction gets its metrics, a set without a model gets the baseline's."""

import pytest

from tests.training.evaluation.examples import AFTER, BEFORE, HEADER, example, prediction
from training.errors import MissingSection
from training.examples import CheckResult, Score
from training.stages.score import ScoreConfig, run


def test_scores_are_parallel_to_predictions() -> None:
    given = example(prediction(AFTER), prediction(BEFORE))
    old = given.model_copy(update={"scores": (Score(metrics={"old": 1.0}),)})
    found = run(old, ScoreConfig())
    assert [score.metrics["given"] for score in found.scores] == [1, 0]
    assert found.predictions == given.predictions
    assert run(found, ScoreConfig()) == found


def test_the_quiet_baseline_takes_the_place_of_the_predictions() -> None:
    given = example(prediction(AFTER)).model_copy(update={"checks": (CheckResult(),)})
    found = run(given, ScoreConfig(baseline="quiet"))
    (quiet,) = found.predictions
    assert (quiet.provider, quiet.actual_patch, found.checks) == ("quiet", HEADER, ())
    assert (found.scores[0].metrics["wanted"], found.scores[0].metrics["given"]) == (1, 0)


def test_an_example_without_right_answers_fails() -> None:
    with pytest.raises(MissingSection):
        run(example(prediction(AFTER), expected=()), ScoreConfig())


def test_the_language_is_found_out() -> None:
    given = example(prediction(AFTER)).model_copy(update={"language": None})
    assert run(given, ScoreConfig()).language == "python"
