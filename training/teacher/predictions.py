"""Answers of a teacher as predictions of an example. What cannot be read is data, with a reason."""

from pydantic import ValidationError

from prompt_format import Edit, PromptInput
from training.cursors import cursor_after
from training.errors import InvalidRow
from training.examples import Prediction
from training.regions import patch_of_region
from training.teacher.parsing import TeacherAnswer, Unreadable, read_answer
from training.teacher.prompts import PromptConfig, TeacherPrompt
from training.teacher.values import Answer, Question

TEACHER = "teacher"
REPAIR = "repair"
NO_EDITS_REASON = "no_edits"
KEEP_PREVIOUS_REASON = "keep_previous"
TRUNCATED_REASON = "truncated"


def read(answer: Answer, prompt: TeacherPrompt) -> TeacherAnswer:
    """The answer's edit; an answer that was cut is not read."""
    if answer.is_truncated:
        return Unreadable(TRUNCATED_REASON, "the token limit cut the answer")
    return read_answer(answer.text, prompt.editable, prompt.region)


def prediction_of_edit(
    prompt_input: PromptInput, prompt: TeacherPrompt, edit: Edit, base: Prediction
) -> Prediction:
    """``base`` with the patch and the cursor of ``edit``; an edit without a change has neither."""
    is_quiet = edit.new_text == prompt.region
    patch = patch_of_region(
        prompt_input, prompt.editable, edit.new_text, None if is_quiet else edit.cursor_offset
    )
    update = {
        "actual_patch": patch,
        "actual_cursor": None if is_quiet else cursor_after(prompt_input, edit),
        "reason": NO_EDITS_REASON if is_quiet else None,
    }
    return base.model_copy(update=update)


def unread(answer: Answer, question: Question, provider: str, config: PromptConfig) -> Prediction:
    """A prediction that says who answered and what, not yet what it means."""
    source: dict[str, str | int | float] = {
        "provider": question.provider,
        "model": question.model,
        "template": config.template,
        "template_version": question.template,
        "repetition": question.repetition,
        "finish_reason": answer.finish_reason,
        "num_prompt_tokens": answer.num_prompt_tokens,
    }
    budgets = config.model_dump(exclude={"template"})
    return Prediction(
        provider=provider,
        actual_output=answer.text,
        source={**source, **{f"prompt.{name}": value for name, value in budgets.items()}},
        num_tokens=answer.num_tokens,
        seconds=answer.seconds,
    )


def prompt_config_of(prediction: Prediction) -> PromptConfig:
    """The parameters of the prompt that a teacher's prediction answers. Raises ``InvalidRow``."""
    source = prediction.source
    given = {
        name: source[f"prompt.{name}"]
        for name in PromptConfig.model_fields
        if f"prompt.{name}" in source
    }
    try:
        return PromptConfig.model_validate(given | {"template": source.get("template", "teacher")})
    except ValidationError:
        raise InvalidRow("the source of a prediction names no prompt that can be") from None


def number_in(prediction: Prediction, name: str, default: int) -> int:
    """What the prediction's source says under ``name``. Raises ``InvalidRow`` if it is no count."""
    number = prediction.source.get(name, default)
    if not isinstance(number, int) or number < 0:
        raise InvalidRow(f"the source of a prediction has a {name} that is no number")
    return number
