"""A student: the steps of serving around any generator.

    render -> generate -> parse -> end like the region -> judge

The steps are those of ``prediction``, which serve: a stage that asks this student observes what a
user of the server would.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from model import UnencodableText
from prediction import budget_for, objection_to, read_edit
from prompt_format import (
    Edit,
    NoEdit,
    Observation,
    PromptFormat,
    PromptInput,
    RenderedPrompt,
    SpecialTokenInInput,
    TokenBudget,
)
from quality import JudgeConfig
from training.errors import InvalidRow
from training.student.protocols import Generator
from training.student.values import Ask, Generation, StudentAnswer


def no_stats() -> dict[str, float]:
    """Nothing is counted."""
    return {}


@dataclass(frozen=True, slots=True)
class FormatStudent:
    """``generator`` asked in ``prompt_format``, shown what ``observation`` leaves of an input.

    Without a ``judge`` there are no objections. Sizes count tokens.
    """

    generator: Generator
    prompt_format: PromptFormat
    max_prompt_tokens: int
    max_output_tokens: int
    observation: Observation = field(default_factory=Observation)
    judge: JudgeConfig | None = field(default_factory=JudgeConfig)
    stats: Callable[[], dict[str, float]] = no_stats

    @property
    def version(self) -> str:
        return self.generator.version

    async def predict(
        self, prompt_input: PromptInput, *, num_samples: int, temperature: float, seed: int
    ) -> list[StudentAnswer]:
        """See ``Student``. A prompt that cannot be rendered is an answer with its reason."""
        try:
            shown = self.observation.of(prompt_input)
            rendered = self.prompt_format.render(shown, self._budget())
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
        return budget_for(
            self.generator.count,
            self.generator.max_context_tokens,
            max_prompt_tokens=self.max_prompt_tokens,
            max_output_tokens=self.max_output_tokens,
        )

    def _read(
        self, prompt_input: PromptInput, rendered: RenderedPrompt, generation: Generation
    ) -> StudentAnswer:
        text, end = generation.text, generation.finish_reason
        found = read_edit(self.prompt_format, rendered, text, end)
        edit = found if isinstance(found, Edit) else None
        reason = None if isinstance(found, Edit) else found
        if edit is not None and self.judge is not None:
            reason = objection_to(edit, prompt_input, rendered, text, end, self.judge)
        return StudentAnswer(
            text=text,
            edit=edit,
            reason=None if reason is None else reason.value,
            rendered=rendered,
            num_prompt_tokens=generation.num_prompt_tokens,
            num_tokens=generation.num_tokens,
            seconds=generation.seconds,
            cumulative_logprob=generation.cumulative_logprob,
            avg_logprob=generation.avg_logprob,
        )
