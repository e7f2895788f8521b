"""``score``: the metrics of every prediction, for ``evaluate`` to sum up.

With ``--baseline quiet`` it scores an answer that needs no model, in place of the predictions: a
set can be measured with it before there is a student.
"""

from typing import Literal

from pydantic import Field

from quality.languages import language_of
from training.evaluation.scoring import score_predictions
from training.examples import Example, Prediction
from training.stage import MapStage, StageConfig


class ScoreConfig(StageConfig):
    """What to score."""

    baseline: Literal["none", "quiet"] = Field(
        default="none", description="quiet: never an edit, in place of the predictions."
    )


def run(example: Example, config: ScoreConfig) -> Example:
    """``scores``, parallel to ``predictions``; earlier ones are replaced. Raises ``RowError``."""
    if config.baseline == "quiet":
        example = example.model_copy(update={"predictions": (_quiet(example),), "checks": ()})
    changes: dict[str, object] = {"scores": score_predictions(example)}
    if example.language is None and example.prompt_inputs is not None:
        changes["language"] = language_of(example.prompt_inputs.cursor_path)
    return example.model_copy(update=changes)


def _quiet(example: Example) -> Prediction:
    path = example.spec.cursor_path
    return Prediction(provider="quiet", actual_patch=f"--- a/{path}\n+++ b/{path}\n", num_tokens=0)


STAGE = MapStage(
    name="score",
    summary="the metrics of every prediction, against the best of the expected edits",
    version=1,
    config=ScoreConfig,
    run=run,
)
