"""From an example to tokens: the prompt, what may be drafted from, and the right answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from model import DraftSources, Sampling
from model.bpe_tokenizer import BpeTokenizer
from model.end_tokens import END_OF_TEXT
from prediction import budget_for, draft_sources, request_for
from prompt_format import Edit, InvalidPatch, NoEdit, PromptFormat, SpecialTokenInInput
from prompt_format.patches import edit_of_patch
from training.examples import Example

MAX_PROMPT_TOKENS = 4096
MAX_OUTPUT_TOKENS = 768


@dataclass(frozen=True, slots=True)
class Case:
    """One answer: ``output`` follows ``prompt`` and ends with the end-of-text token."""

    prompt: tuple[int, ...]
    sources: DraftSources
    output: tuple[int, ...]


def cases(
    examples: Iterable[Example], prompt_format: PromptFormat, tokenizer: BpeTokenizer
) -> list[Case]:
    """The examples that the format can express."""
    made = (case_of(example, prompt_format, tokenizer) for example in examples)
    return [case for case in made if case is not None]


def case_of(example: Example, prompt_format: PromptFormat, tokenizer: BpeTokenizer) -> Case | None:
    """None where the prompt or the answer would be too long, or the edit is outside the region."""
    prompt_input = example.prompt_inputs
    assert prompt_input is not None
    budget = budget_for(
        tokenizer.count, 8192, max_prompt_tokens=MAX_PROMPT_TOKENS, max_output_tokens=1
    )
    try:
        rendered = prompt_format.render(prompt_input, budget)
    except SpecialTokenInInput:
        return None
    if isinstance(rendered, NoEdit):
        return None
    try:
        edit = edit_of_patch(prompt_input, rendered, example.spec.expected_patches[0])
    except InvalidPatch:
        return None
    completion = prompt_format.expected_output(rendered, edit)
    parsed = prompt_format.parse(completion, rendered)
    region = rendered.region
    if not isinstance(parsed, Edit) or (
        parsed.ending_like(region).new_text != edit.ending_like(region).new_text
    ):
        return None
    text = completion.removeprefix(rendered.prefill).removesuffix(END_OF_TEXT) + END_OF_TEXT
    output = tokenizer.encode(text, (*rendered.special_tokens, END_OF_TEXT))
    if len(output) > MAX_OUTPUT_TOKENS:
        return None
    request = request_for(
        rendered,
        tokenizer,
        max_output_tokens=MAX_OUTPUT_TOKENS,
        sampling=Sampling(),
        draft=draft_sources(rendered, tokenizer, events=prompt_input.events),
    )
    return Case(request.prompt_tokens, request.draft, output)
