"""``adopt``: the best predictions of the teacher become the example's right answers.

A prediction is usable if the heuristics have nothing against it. Where it was mended, the repair
counts if it is usable, else the original if that is: a failed repair costs nothing but itself. What
most predictions agree on comes first, as that is what a student is trained on.
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from prompt_format import InvalidPatch, PromptInput
from training.checks import CERTAIN
from training.checks.change import text_after
from training.errors import InvalidRow, MissingSection
from training.examples import Adopted, CheckResult, Example, Prediction
from training.stage import Dropped, MapStage, StageConfig
from training.teacher.predictions import KEEP_PREVIOUS_REASON, REPAIR, TEACHER

NO_USABLE = "no_usable_prediction"


class AdoptConfig(StageConfig):
    """What is usable, and what becomes of an example without any."""

    max_patches: int = Field(default=3, ge=1, description="Right answers kept, each once.")
    min_agreeing: int = Field(
        default=1, ge=1, description="Predictions that must say the same for it to count."
    )
    trust_kept: bool = Field(
        default=True,
        description="Whether KEEP_PREVIOUS overrules objections that are matters of judgement.",
    )
    keep_flawed: bool = Field(
        default=False, description="Whether an original with findings counts if nothing else does."
    )
    without: Literal["drop", "keep"] = Field(
        default="drop", description="An example without a usable prediction: dropped, or unchanged."
    )


def run(example: Example, config: AdoptConfig) -> Example | Dropped:
    """``spec.expected_patches`` and ``adopted``. Raises ``RowError`` for unchecked predictions."""
    if len(example.checks) != len(example.predictions):
        raise MissingSection("the predictions are not all checked; run check first")
    if example.prompt_inputs is None:
        raise MissingSection("the example has no prompt_inputs; run synthesize or ingest first")
    results: dict[str, list[int]] = {}
    for index in _usable(example, config):
        result = _result(example.prompt_inputs, example.predictions[index])
        results.setdefault(result, []).append(index)
    agreeing = [indices for indices in results.values() if len(indices) >= config.min_agreeing]
    agreeing.sort(key=lambda indices: (-len(indices), indices[0]))
    if not agreeing:
        return Dropped(NO_USABLE) if config.without == "drop" else example
    chosen = [(indices[0], len(indices)) for indices in agreeing[: config.max_patches]]
    patches = tuple(example.predictions[index].actual_patch for index, _num in chosen)
    adopted = tuple(_adopted(index, example.predictions[index], num) for index, num in chosen)
    spec = example.spec.model_copy(update={"expected_patches": patches})
    return example.model_copy(update={"spec": spec, "adopted": adopted})


def _usable(example: Example, config: AdoptConfig) -> Iterator[int]:
    """For each answer of the teacher, its repair or itself, if one of them can be used."""
    repairs = {
        prediction.answers: index
        for index, prediction in enumerate(example.predictions)
        if prediction.provider == REPAIR
    }
    for index, prediction in enumerate(example.predictions):
        if prediction.provider != TEACHER:
            continue
        for candidate in (repairs.get(index), index):
            if candidate is not None and _is_usable(
                example.predictions[candidate], example.checks[candidate], config
            ):
                yield candidate
                break
        else:
            if config.keep_flawed and prediction.actual_patch is not None:
                yield index


def _is_usable(prediction: Prediction, check: CheckResult, config: AdoptConfig) -> bool:
    if prediction.actual_patch is None:
        return False
    if check.is_clean:
        return True
    is_kept = prediction.reason == KEEP_PREVIOUS_REASON and config.trust_kept
    return is_kept and not any(finding.check in CERTAIN for finding in check.findings)


def _result(prompt_input: PromptInput, prediction: Prediction) -> str:
    """What the file becomes; where the cursor is left is no matter of agreement."""
    try:
        return text_after(prompt_input, prediction.actual_patch or "")
    except InvalidPatch:
        raise InvalidRow("a prediction without findings does not apply; run check again") from None


def _adopted(index: int, prediction: Prediction, num_agreeing: int) -> Adopted:
    return Adopted(
        prediction=index,
        provider=str(prediction.source.get("provider", "")),
        model=str(prediction.source.get("model", "")),
        template=str(prediction.source.get("template_version", "")),
        was_repaired=prediction.provider == REPAIR,
        num_agreeing=num_agreeing,
    )


STAGE = MapStage(
    name="adopt",
    summary="the best predictions of the teacher become the expected patches",
    version=1,
    config=AdoptConfig,
    run=run,
)
