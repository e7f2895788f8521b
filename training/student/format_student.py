"""A student: the steps of serving around any generator.

    render -> generate -> parse -> end like the region -> judge

These are the steps of ``server.predictions`` without its metrics, sessions and deadlines: a stage
that asks this student observes what a user of the server would.
"""

from collections.abc import Callable
from dataclasses import dataclass

from model import FinishReason, UnencodableText
from prompt_format import (
    Edit,
    NoEdit,
    PromptFormat,
    PromptInput,
    RenderedPrompt,
    SpecialTokenInInput,
    TokenBudget,
)
from training.errors import InvalidRow
from training.student.protocols import Generator
from training.student.values import Ask, Generation, StudentAnswer

TRUNCATED = "truncated"
"""The word of ``quality.SuppressReason`` for an answer that the token limit cut."""

Judge = Callable[[PromptInput, RenderedPrompt, Generation, Edit], str | None]
"""Why serving would not show an edit; None if it would."""


def accept_all(
    prompt_input: PromptInput, rendered: RenderedPrompt, generation: Generation, edit: Edit
) -> None:
    """The judge that objects to nothing."""


def judge_as_served(
    prompt_input: PromptInput, rendered: RenderedPrompt, generation: Generation, edit: Edit
) -> str | None:
    """The judgement of ``quality`` with its default thresholds."""
    from quality import Candidate, judge  # not needed by those who only generate

    candidate = Candidate(
        prompt_input=prompt_input,
        rendered=rendered,
        edit=edit,
        raw_output=generation.text,
        truncated=generation.finish_reason is FinishReason.LENGTH,
    )
    return judge(candidate)


def no_stats() -> dict[str, float]:
    """Nothing is counted."""
    return {}


@dataclass(frozen=True, slots=True)
class FormatStudent:
    """``generator`` asked in ``prompt_format``. Sizes count tokens."""

    generator: Generator
    prompt_format: PromptFormat
    max_prompt_tokens: int
    max_output_tokens: int
    judge: Judge = judge_as_served
    stats: Callable[[], dict[str, float]] = no_stats

    @property
    def version(self) -> str:
        return self.generator.version

    async def predict(
        self, prompt_input: PromptInput, *, num_samples: int, temperature: float, seed: int
    ) -> list[StudentAnswer]:
        """See ``Student``. A prompt that cannot be rendered is an answer with its reason."""
        try:
            rendered = self.prompt_format.render(prompt_input, self._budget())
        except SpecialTokenInInput as error:
            return [StudentAnswer(reason=error.code)] * num_samples
        except UnencodableText:
            raise InvalidRow("the prompt input holds a lone surrogate") from None
        if isinstance(rendered, NoEdit):
            return [StudentAnswer(reason=rendered.reason.value)] * num_samples
        ask = Ask(rendered, self.max_output_tokens, num_samples, temperature, seed)
        generations = await self.generator.generate(ask)
        return [self._read(prompt_input, rendered, generation) for generation in generations]

    def _budget(self) -> TokenBudget:
        room = self.generator.max_context_tokens - self.max_output_tokens
        return TokenBudget(self.generator.count, min(self.max_prompt_tokens, room))

    def _read(
        self, prompt_input: PromptInput, rendered: RenderedPrompt, generation: Generation
    ) -> StudentAnswer:
        edit, reason = self._parse(rendered, generation)
        if edit is not None:
            reason = self.judge(prompt_input, rendered, generation, edit)
        return StudentAnswer(
            text=generation.text,
            edit=edit,
            reason=reason,
            rendered=rendered,
            num_prompt_tokens=generation.num_prompt_tokens,
            num_tokens=generation.num_tokens,
            seconds=generation.seconds,
            cumulative_logprob=generation.cumulative_logprob,
            avg_logprob=generation.avg_logprob,
        )

    def _parse(
        self, rendered: RenderedPrompt, generation: Generation
    ) -> tuple[Edit | None, str | None]:
        parsed = self.prompt_format.parse(rendered.prefill + generation.text, rendered)
        if isinstance(parsed, Edit):
            return parsed.ending_like(rendered.region), None
        is_cut = generation.finish_reason is FinishReason.LENGTH
        return None, TRUNCATED if is_cut else parsed.reason.value
