"""``format``: training rows in one prompt format, rendered by the code that serves.

Everything that an experiment varies is a parameter here, so that nothing before has to be run
again: the format, how much history, diagnostics, related files, and how long a prompt may be.

A row is only written if serving would show the model the same prompt for the same input and read
the right edit out of the completion; anything else is dropped with a word that says why.
"""

from functools import lru_cache
from pathlib import Path

from pydantic import Field, field_validator

from model.bpe_tokenizer import BpeTokenizer
from model.errors import ModelFilesError
from prompt_format import (
    Edit,
    InvalidPatch,
    NoEdit,
    PromptInput,
    RenderedPrompt,
    SpecialTokenInInput,
    TokenBudget,
    UnknownPromptFormat,
    find_format,
)
from prompt_format.lines import split_lines
from prompt_format.patches import edit_of_patch
from prompt_format.udiff import Hunk, apply_hunks, read_hunks
from training.errors import InvalidRow, MissingSection, RunError
from training.examples import Example
from training.observation import VariedObservationConfig
from training.rows import TrainingRow
from training.stage import Dropped, MapStage


class FormatConfig(VariedObservationConfig):
    """What the student is to see. ``tokenizer`` counts; without it, tokens are estimated."""

    prompt_format: str = Field(default="foretype-span", description="Name of a prompt format.")
    tokenizer: Path | None = Field(default=None, description="A model's tokenizer.json.")
    max_prompt_tokens: int = Field(default=768, ge=64)
    max_output_tokens: int = Field(default=128, ge=1, description="Longer answers are dropped.")
    default_split: str | None = Field(default=None, description="For rows without a split.")

    @field_validator("prompt_format")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            return find_format(name).name
        except UnknownPromptFormat as error:
            raise ValueError(str(error)) from None


def run(example: Example, config: FormatConfig) -> TrainingRow | Dropped:
    """One row for an example's first right answer. Raises ``RowError`` for what is not labelled."""
    prompt_inputs = _observed(example, config)
    if not example.spec.expected_patches:
        raise MissingSection("the example has no expected patch; run distill or settle first")
    chosen = find_format(config.prompt_format)
    budget = _budget(config)
    try:
        rendered = chosen.render(prompt_inputs, budget)
    except SpecialTokenInInput:
        return Dropped("special_token_in_input")
    if isinstance(rendered, NoEdit):
        return Dropped(rendered.reason.value)
    edit = _expected(prompt_inputs, rendered, example.spec.expected_patches[0])
    if edit is None:
        return Dropped("edit_outside_region")
    completion = chosen.expected_output(rendered, edit)
    parsed = chosen.parse(completion, rendered)
    if not _is_same(parsed, edit, rendered):
        return Dropped("not_expressible")
    if budget.count(completion) > config.max_output_tokens:
        return Dropped("answer_too_long")
    return TrainingRow(
        name=example.spec.name,
        prompt=rendered.model_input,
        completion=completion.removeprefix(rendered.prefill),
        rejected=_rejected(example, prompt_inputs, rendered, config),
        special_tokens=rendered.special_tokens,
        prompt_format=chosen.name,
        split=example.split or config.default_split,
        language=example.language,
        repository_url=example.spec.repository_url,
        tags=example.spec.tags,
        provenance=example.provenance,
    )


def _observed(example: Example, config: FormatConfig) -> PromptInput:
    """The input with only those parts that the experiment shows."""
    if example.prompt_inputs is None:
        raise MissingSection("the example has no prompt_inputs; run synthesize or ingest first")
    return config.observation_of(example).of(example.prompt_inputs)


def _expected(prompt_inputs: PromptInput, rendered: RenderedPrompt, patch: str) -> Edit | None:
    """None for an edit outside of the region.

    Raises ``InvalidRow`` for a patch of another text: it must not pass for silence.
    """
    try:
        hunks = read_hunks(patch)
    except InvalidPatch:
        raise InvalidRow("the expected patch is no unified diff") from None
    if hunks and not patch.startswith("---"):
        patch = f"--- a/{prompt_inputs.cursor_path}\n+++ b/{prompt_inputs.cursor_path}\n{patch}"
    try:
        return edit_of_patch(prompt_inputs, rendered, patch)
    except InvalidPatch:
        if _lies_outside(prompt_inputs, hunks):
            return None
        raise InvalidRow("the expected patch does not apply to the excerpt") from None


def _lies_outside(prompt_inputs: PromptInput, hunks: tuple[Hunk, ...]) -> bool:
    """Whether ``hunks`` change other parts of the excerpt, or lines that it does not hold."""
    first = prompt_inputs.excerpt_start_row or 0
    end = first + len(split_lines(prompt_inputs.cursor_excerpt))
    if any(hunk.old_row < first or end < hunk.old_row + len(hunk.old_lines) for hunk in hunks):
        return True
    try:
        apply_hunks(prompt_inputs.cursor_excerpt, hunks, first)
    except InvalidPatch:
        return False
    return True


def _is_same(parsed: Edit | NoEdit, edit: Edit, rendered: RenderedPrompt) -> bool:
    if isinstance(parsed, NoEdit):
        return False
    region = rendered.region
    return parsed.ending_like(region).new_text == edit.ending_like(region).new_text


def _rejected(
    example: Example, prompt_inputs: PromptInput, rendered: RenderedPrompt, config: FormatConfig
) -> str | None:
    if not example.spec.rejected_patch:
        return None
    try:
        edit = edit_of_patch(prompt_inputs, rendered, example.spec.rejected_patch)
    except InvalidPatch:
        raise InvalidRow("the rejected patch does not apply to the region") from None
    return find_format(config.prompt_format).expected_output(rendered, edit)


def _budget(config: FormatConfig) -> TokenBudget:
    limit = config.max_prompt_tokens
    if config.tokenizer is None:
        return TokenBudget(max_prompt_tokens=limit)
    return TokenBudget(count=_tokenizer(config.tokenizer).count, max_prompt_tokens=limit)


@lru_cache(maxsize=1)
def _tokenizer(file: Path) -> BpeTokenizer:
    """Loading takes longer than formatting a thousand rows. Raises ``RunError``."""
    if not file.is_file():
        raise RunError(f"there is no tokenizer {file}")
    try:
        return BpeTokenizer(file)
    except ModelFilesError as error:
        raise RunError(str(error)) from None


STAGE = MapStage(
    name="format",
    summary="training rows in one prompt format, rendered by the code that serves",
    version=1,
    config=FormatConfig,
    run=run,
)
