"""``distill``: predictions of a teacher for each example, the raw material of labels.

Several per example show where the teacher is of one mind. They are judged by ``check``, mended by
``repair``, and become expected patches by ``adopt``; nothing is decided here.
"""

from pydantic import Field

from prompt_format import Edit, PromptInput, SpecialTokenInInput
from training.errors import MissingSection
from training.examples import Example, Prediction
from training.stage import ClientStage, Dropped
from training.teacher.asking import gather_all
from training.teacher.client import Teacher, open_reporting
from training.teacher.config import TeacherConfig
from training.teacher.parsing import Unreadable
from training.teacher.predictions import TEACHER, prediction_of_edit, read, unread
from training.teacher.prompts import PromptConfig, TeacherPrompt, teacher_prompt
from training.teacher.templates import find_template
from training.teacher.values import Answer, Question

SPECIAL_TOKEN = "special_token_in_input"


class DistillConfig(TeacherConfig, PromptConfig):
    """Which teacher, what it sees, and how often it is asked."""

    num_predictions: int = Field(default=3, ge=1, description="Answers to each example.")


async def run(example: Example, config: DistillConfig, teacher: Teacher) -> Example | Dropped:
    """The example with a prediction for each repetition, after those that it has.

    Raises ``RowError`` if any repetition gets no answer; the others are in the cache then.
    """
    prompt_input = example.prompt_inputs
    if prompt_input is None:
        raise MissingSection("the example has no prompt_inputs; run synthesize or ingest first")
    prompt_config = prompt_part(config)
    try:
        prompt = teacher_prompt(prompt_input, find_template(config.template), prompt_config)
    except SpecialTokenInInput:
        return Dropped(SPECIAL_TOKEN)
    questions = [
        teacher.question((prompt.message,), prompt.template, repetition)
        for repetition in range(config.num_predictions)
    ]
    answers = await gather_all(map(teacher.ask, questions))
    predictions = tuple(
        _prediction(prompt_input, prompt, question, answer, prompt_config)
        for question, answer in zip(questions, answers, strict=True)
    )
    return example.model_copy(update={"predictions": example.predictions + predictions})


def prompt_part(config: PromptConfig) -> PromptConfig:
    """The parameters of the prompt alone."""
    return PromptConfig(**{name: getattr(config, name) for name in PromptConfig.model_fields})


def _prediction(
    prompt_input: PromptInput,
    prompt: TeacherPrompt,
    question: Question,
    answer: Answer,
    config: PromptConfig,
) -> Prediction:
    base = unread(answer, question, TEACHER, config)
    parsed = read(answer, prompt)
    if isinstance(parsed, Edit):
        return prediction_of_edit(prompt_input, prompt, parsed, base)
    if isinstance(parsed, Unreadable):
        return base.model_copy(update={"error": parsed.message, "reason": parsed.reason})
    message = "the answer keeps a previous one, where there is none"
    return base.model_copy(update={"error": message, "reason": "nothing_to_keep"})


def environment(config: DistillConfig) -> dict[str, str]:
    """What the template says: a changed template is another run."""
    template = find_template(config.template)
    return {
        "template": template.label,
        "template_digest": template.digest,
        "model": config.model,
    }


STAGE = ClientStage(
    name="distill",
    summary="predictions of a teacher for each example",
    version=1,
    config=DistillConfig,
    open=open_reporting,
    run=run,
    environment=environment,
)
