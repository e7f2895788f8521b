"""``predict``: one answer of the student to each example, by the steps that serve."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import Field

from prompt_format import Edit, PromptInput
from prompt_format.patches import patch_of
from training.cursors import cursor_after
from training.errors import MissingSection
from training.examples import CheckResult, Example, Prediction, Score
from training.stage import ClientStage
from training.student import Student, StudentAnswer, StudentConfig, open_student, student_version

PROVIDER = "student"


class PredictConfig(StudentConfig):
    """Which student, and how its answer is chosen."""

    temperature: float = Field(default=0.0, ge=0.0, description="0: greedy, as served.")
    seed: int = 0


@asynccontextmanager
async def open_client(config: PredictConfig) -> AsyncIterator[Student]:
    """The student of a run."""
    async with open_student(config) as student:
        yield student


async def run(example: Example, config: PredictConfig, student: Student) -> Example:
    """The student's prediction, in place of an earlier one of a student. Others stay before it."""
    prompt_input = example.prompt_inputs
    if prompt_input is None:
        raise MissingSection("the example has no prompt_inputs; run synthesize or ingest first")
    (answer,) = await student.predict(
        prompt_input, num_samples=1, temperature=config.temperature, seed=config.seed
    )
    source: dict[str, str | int | float] = {
        "model": student.version,
        "prompt_format": config.prompt_format,
        "backend": config.backend,
        "temperature": config.temperature,
        "seed": config.seed,
    }
    prediction = prediction_of(prompt_input, answer, source)
    return _with_prediction(example, prediction)


def prediction_of(
    prompt_input: PromptInput, answer: StudentAnswer, source: dict[str, str | int | float]
) -> Prediction:
    """What a user would have got: an edit that serving suppresses is a patch without a hunk."""
    patch, cursor = None, None
    rendered, edit = answer.rendered, answer.edit
    if rendered is not None and edit is not None:
        unchanged = Edit(rendered.editable_range, rendered.region)
        patch = patch_of(prompt_input, rendered, answer.shown or unchanged)
        cursor = answer.shown and cursor_after(prompt_input, answer.shown)
    return Prediction(
        provider=PROVIDER,
        actual_patch=patch,
        actual_output=answer.text,
        actual_cursor=cursor,
        reason=answer.reason,
        source=source,
        num_tokens=answer.num_tokens,
        seconds=answer.seconds,
        cumulative_logprob=answer.cumulative_logprob,
        avg_logprob=answer.avg_logprob,
    )


def _with_prediction(example: Example, prediction: Prediction) -> Example:
    """``checks`` and ``scores`` stay parallel to the predictions that they judge."""
    kept = [at for at, each in enumerate(example.predictions) if each.provider != PROVIDER]
    new_place = {old: new for new, old in enumerate(kept)}
    predictions = [
        each.model_copy(update={"answers": new_place.get(each.answers)})
        if each.answers is not None
        else each
        for each in (example.predictions[at] for at in kept)
    ]
    checks: list[CheckResult] = [example.checks[at] for at in kept if at < len(example.checks)]
    scores: list[Score] = [example.scores[at] for at in kept if at < len(example.scores)]
    return example.model_copy(
        update={
            "predictions": (*predictions, prediction),
            "checks": tuple(checks),
            "scores": tuple(scores),
        }
    )


STAGE = ClientStage(
    name="predict",
    summary="the student's answer to each example, by the steps that serve",
    version=1,
    config=PredictConfig,
    open=open_client,
    run=run,
    environment=lambda config: {"student": student_version(config)},
)
