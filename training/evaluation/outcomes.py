"""What a patch makes of an excerpt: the text after it, and the cursor."""

from dataclasses import dataclass

from prompt_format import InvalidPatch, PromptInput
from prompt_format.cursor_region import take_cursor
from prompt_format.lines import with_newline
from prompt_format.udiff import apply_hunks, read_hunks
from training.errors import InvalidRow, MissingSection
from training.examples import Example, Prediction

NO_PATCH = "no_patch"
NOT_APPLICABLE = "patch_does_not_apply"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An excerpt after a patch, ended by a newline.

    ``cursor`` is the predicted one, in bytes of the text. ``reason`` says why there was no patch to
    apply, in which case the text is that of before.
    """

    text: str
    patch: str = ""
    cursor: int | None = None
    reason: str | None = None


def prompt_input_of(example: Example) -> PromptInput:
    """Raises ``MissingSection`` if the example has none."""
    if example.prompt_inputs is None:
        raise MissingSection("the example has no prompt_inputs; run synthesize or ingest first")
    return example.prompt_inputs


def excerpt_of(prompt_input: PromptInput) -> str:
    """The excerpt before any patch, ended by a newline."""
    return with_newline(prompt_input.cursor_excerpt)


def expected_outcomes(example: Example) -> tuple[Outcome, ...]:
    """What each expected patch makes of the excerpt.

    Raises ``MissingSection`` for an example without one, ``InvalidRow`` for one that does not
    apply: there is nothing to score against.
    """
    prompt_input = prompt_input_of(example)
    if not example.spec.expected_patches:
        raise MissingSection("the example has no expected_patches; run distill and adopt first")
    outcomes = []
    for number, patch in enumerate(example.spec.expected_patches):
        try:
            outcomes.append(_applied(prompt_input, patch))
        except InvalidPatch as error:
            raise InvalidRow(f"expected_patches[{number}]: {error}") from None
    return tuple(outcomes)


def predicted_outcome(prompt_input: PromptInput, prediction: Prediction) -> Outcome:
    """What ``prediction`` makes of the excerpt; what cannot be applied changes nothing."""
    before = excerpt_of(prompt_input)
    if prediction.actual_patch is None:
        return Outcome(before, reason=prediction.reason or NO_PATCH)
    try:
        return _applied(prompt_input, prediction.actual_patch)
    except InvalidPatch:
        return Outcome(before, reason=NOT_APPLICABLE)


def _applied(prompt_input: PromptInput, patch: str) -> Outcome:
    """A patch without a hunk leaves all as it is."""
    hunks = read_hunks(patch)
    changed = apply_hunks(excerpt_of(prompt_input), hunks, prompt_input.excerpt_start_row or 0)
    text, cursor = take_cursor(changed) if hunks else (changed, None)
    return Outcome(text, patch, cursor)
