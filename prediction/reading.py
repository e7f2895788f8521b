"""From what a model answered to an edit, and to the reason not to show it."""

from model import FinishReason
from prompt_format import Edit, ParseReason, PromptFormat, PromptInput, RenderedPrompt
from quality import Candidate, JudgeConfig, SuppressReason, judge

NoEditReason = ParseReason | SuppressReason


def read_edit(
    prompt_format: PromptFormat, rendered: RenderedPrompt, output: str, finish_reason: FinishReason
) -> Edit | NoEditReason:
    """The edit in ``output``, which follows the prefill; else why there is none to be had.

    It ends in a newline where the region does.
    """
    parsed = prompt_format.parse(rendered.prefill + output, rendered)
    if isinstance(parsed, Edit):
        return parsed.ending_like(rendered.region)
    return SuppressReason.TRUNCATED if _is_cut(finish_reason) else parsed.reason


def objection_to(
    edit: Edit,
    prompt_input: PromptInput,
    rendered: RenderedPrompt,
    output: str,
    finish_reason: FinishReason,
    config: JudgeConfig,
) -> SuppressReason | None:
    """Why ``edit``, read out of ``output``, is better not shown; None if it may be."""
    candidate = Candidate(
        prompt_input=prompt_input,
        rendered=rendered,
        edit=edit,
        raw_output=output,
        truncated=_is_cut(finish_reason),
    )
    return judge(candidate, config)


def _is_cut(finish_reason: FinishReason) -> bool:
    return finish_reason is FinishReason.LENGTH
