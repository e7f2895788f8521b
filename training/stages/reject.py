"""``reject``: a wrong answer of the student becomes the patch to prefer the right one to.

Between ``check`` and ``format``, for preference training. Which answers are wrong is a parameter:
those that heuristics object to, or all that lead to another text than every right answer. Silence
where an edit is right is wrong, and so is an edit where silence is. Of several, the one with the
most findings is taken, then the first. Rows of users who rejected an edit have their patch already,
by ``ingest``, and keep it.
"""

from typing import Literal

from pydantic import Field

from prompt_format import InvalidPatch, PromptInput
from training.checks.change import text_after
from training.errors import InvalidRow, MissingSection
from training.examples import Example, Prediction
from training.stage import Dropped, MapStage, StageConfig

NOTHING_TO_REJECT = "nothing_to_reject"


class RejectConfig(StageConfig):
    """What is wrong with an answer."""

    objection: Literal["findings", "differs"] = Field(
        default="findings", description="findings: of check; differs: it is no right answer."
    )


def run(example: Example, config: RejectConfig) -> Example | Dropped:
    """``spec.rejected_patch``. Raises ``RowError`` for what is not labelled or not checked."""
    given = example.prompt_inputs
    if given is None or not example.spec.expected_patches:
        raise MissingSection("the example has no input or no expected patch")
    if len(example.checks) != len(example.predictions):
        raise MissingSection("the predictions are not all checked; run check first")
    if example.spec.rejected_patch:
        return example
    right = {_result(given, patch) for patch in example.spec.expected_patches}
    if None in right:
        raise InvalidRow("an expected patch does not apply")
    wrong = [
        (-len(check.findings), index)
        for index, (prediction, check) in enumerate(
            zip(example.predictions, example.checks, strict=True)
        )
        if _is_wrong(given, prediction, right)
        and (config.objection == "differs" or not check.is_clean)
    ]
    if not wrong:
        return Dropped(NOTHING_TO_REJECT)
    patch = example.predictions[min(wrong)[1]].actual_patch
    spec = example.spec.model_copy(update={"rejected_patch": patch})
    return example.model_copy(update={"spec": spec})


def _is_wrong(given: PromptInput, prediction: Prediction, right: set[str | None]) -> bool:
    """Not for what cannot be read or applied: the format could not write it down."""
    result = None if not prediction.actual_patch else _result(given, prediction.actual_patch)
    return result is not None and result not in right


def _result(given: PromptInput, patch: str) -> str | None:
    """What the excerpt becomes; None if the patch does not apply to it."""
    try:
        return text_after(given, patch)
    except InvalidPatch:
        return None


STAGE = MapStage(
    name="reject",
    summary="a wrong answer of the student becomes the patch that is not preferred",
    version=1,
    config=RejectConfig,
    run=run,
)
