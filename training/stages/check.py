"""``check``: what the heuristics object to in every prediction, each finding with its number."""

from quality.languages import language_of
from training.checks import CheckConfig, check_predictions
from training.examples import Example
from training.stage import MapStage


def run(example: Example, config: CheckConfig) -> Example:
    """``checks``, parallel to ``predictions``; earlier ones are replaced."""
    if example.language is None:
        language = language_of(example.spec.cursor_path or _path(example))
        example = example.model_copy(update={"language": language})
    return example.model_copy(update={"checks": check_predictions(example, config)})


def _path(example: Example) -> str:
    return example.prompt_inputs.cursor_path if example.prompt_inputs else ""


STAGE = MapStage(
    name="check",
    summary="what the heuristics object to in every prediction, with numbers",
    version=1,
    config=CheckConfig,
    run=run,
)
