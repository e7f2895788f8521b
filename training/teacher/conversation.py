"""The conversation in which a teacher mends an answer: its prompt, its answer, the objections."""

from prompt_format import PromptInput, SpecialTokenInInput
from training.errors import InvalidRow
from training.examples import CheckResult, Prediction
from training.teacher.predictions import prompt_config_of
from training.teacher.prompts import TeacherPrompt, fence_for, teacher_prompt
from training.teacher.templates import Template, find_template
from training.teacher.values import Message

NO_ANSWER = "(The answer was empty.)"
"""Endpoints refuse a turn without text."""


def prompt_answered_by(prediction: Prediction, prompt_input: PromptInput) -> TeacherPrompt:
    """The prompt that a teacher's prediction answers, made once more.

    Raises ``InvalidRow`` if its template has changed since.
    """
    prompt_config = prompt_config_of(prediction)
    template = find_template(prompt_config.template)
    if template.label != prediction.source.get("template_version"):
        raise InvalidRow(f"the prediction answers another version than {template.label}")
    try:
        return teacher_prompt(prompt_input, template, prompt_config)
    except SpecialTokenInInput as error:
        raise InvalidRow(str(error)) from None


def conversation(
    prompt: TeacherPrompt, prediction: Prediction, check: CheckResult, template: Template
) -> tuple[Message, Message, Message]:
    """Three turns; the last, made from ``template``, says what is wrong with the second."""
    patch = (prediction.actual_patch or "").rstrip("\n")
    critique = template.render(
        findings=[{"check": each.check, "message": each.message} for each in check.findings],
        patch=patch,
        fence=fence_for((patch, prompt.message.text)),
        num_added_lines=_num_lines(patch, "+"),
        num_removed_lines=_num_lines(patch, "-"),
    )
    return (
        prompt.message,
        Message("assistant", prediction.actual_output.strip() or NO_ANSWER),
        Message("user", critique),
    )


def _num_lines(patch: str, sign: str) -> int:
    return sum(
        line.startswith(sign) and not line.startswith(sign * 3) for line in patch.split("\n")
    )
