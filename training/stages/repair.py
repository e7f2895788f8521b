"""``repair``: predictions that ``check`` objects to go back to the teacher, with the objection.

As a conversation: the first prompt, the teacher's answer, what is wrong with it. Every prediction
with findings is mended, each once; the original stays as it is, the repair stands beside it.
"""

from pydantic import Field

from prompt_format import Edit, PromptInput
from training.errors import MissingSection
from training.examples import CheckResult, Example, Prediction
from training.stage import ClientStage
from training.teacher.asking import gather_all
from training.teacher.client import Teacher, open_reporting
from training.teacher.config import TeacherConfig
from training.teacher.conversation import conversation, prompt_answered_by
from training.teacher.errors import RequestRefused
from training.teacher.parsing import KeepPrevious, Unreadable
from training.teacher.predictions import (
    KEEP_PREVIOUS_REASON,
    REPAIR,
    TEACHER,
    number_in,
    prediction_of_edit,
    prompt_config_of,
    read,
    unread,
)
from training.teacher.templates import find_template
from training.teacher.values import Answer


class RepairConfig(TeacherConfig):
    """Which teacher mends, and by which template; the prompt is that of the prediction."""

    repair_template: str = Field(default="repair", description="A template's name, or .md file.")


async def run(example: Example, config: RepairConfig, teacher: Teacher) -> Example:
    """The example with a repair after its predictions for each that has findings and none yet.

    A repair that cannot be read, or that the endpoint refuses, is a prediction with an error.
    Raises ``RowError`` where asking again may help; the other answers are in the cache then.
    """
    if example.prompt_inputs is None:
        raise MissingSection("the example has no prompt_inputs; run synthesize or ingest first")
    if len(example.checks) != len(example.predictions):
        raise MissingSection("the predictions are not all checked; run check first")
    prompt_input = example.prompt_inputs
    repairs = await gather_all(
        _mended(
            prompt_input, index, example.predictions[index], example.checks[index], config, teacher
        )
        for index in _to_mend(example)
    )
    return example.model_copy(update={"predictions": (*example.predictions, *repairs)})


def _to_mend(example: Example) -> list[int]:
    mended = {each.answers for each in example.predictions if each.provider == REPAIR}
    return [
        index
        for index, (prediction, check) in enumerate(
            zip(example.predictions, example.checks, strict=True)
        )
        if prediction.provider == TEACHER and not check.is_clean and index not in mended
    ]


async def _mended(
    prompt_input: PromptInput,
    index: int,
    prediction: Prediction,
    check: CheckResult,
    config: RepairConfig,
    teacher: Teacher,
) -> Prediction:
    prompt = prompt_answered_by(prediction, prompt_input)
    template = find_template(config.repair_template)
    messages = conversation(prompt, prediction, check, template)
    repetition = number_in(prediction, "repetition", 0)
    question = teacher.question(messages, template.label, repetition)
    prompt_config = prompt_config_of(prediction)
    try:
        answer = await teacher.ask(question)
    except RequestRefused as error:
        failed = unread(Answer(text=""), question, REPAIR, prompt_config)
        return failed.model_copy(
            update={"error": str(error), "reason": error.code, "answers": index}
        )
    base = unread(answer, question, REPAIR, prompt_config).model_copy(update={"answers": index})
    parsed = read(answer, prompt)
    if isinstance(parsed, Edit):
        return prediction_of_edit(prompt_input, prompt, parsed, base)
    if isinstance(parsed, Unreadable):
        return base.model_copy(update={"error": parsed.message, "reason": parsed.reason})
    return _kept(prediction, base, parsed)


def _kept(prediction: Prediction, base: Prediction, _word: KeepPrevious) -> Prediction:
    if prediction.actual_patch is None:
        message = "the answer keeps a previous one that could not be read"
        return base.model_copy(update={"error": message, "reason": "nothing_to_keep"})
    update = {
        "actual_patch": prediction.actual_patch,
        "actual_cursor": prediction.actual_cursor,
        "reason": KEEP_PREVIOUS_REASON,
    }
    return base.model_copy(update=update)


def environment(config: RepairConfig) -> dict[str, str]:
    """What the template says: a changed template is another run."""
    template = find_template(config.repair_template)
    return {
        "template": template.label,
        "template_digest": template.digest,
        "model": config.model,
    }


STAGE = ClientStage(
    name="repair",
    summary="sends predictions with findings back to the teacher, with what is wrong",
    version=1,
    config=RepairConfig,
    open=open_reporting,
    run=run,
    environment=environment,
)
