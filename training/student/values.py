"""A prompt to be answered, the raw generation, and the answer that was read out of it."""

from dataclasses import dataclass

from model import FinishReason
from prompt_format import Edit, RenderedPrompt


@dataclass(frozen=True, slots=True)
class Ask:
    """A prompt to be answered ``num_samples`` times, greedily at temperature 0.

    Sample ``i`` depends on ``seed`` and ``i``, not on how many there are.
    """

    rendered: RenderedPrompt
    max_tokens: int
    num_samples: int = 1
    temperature: float = 0.0
    seed: int = 0

    def seed_of(self, sample: int) -> int:
        """The seed of sample number ``sample``; samples of the same ask never share one."""
        return (self.seed << 20) + sample


@dataclass(frozen=True, slots=True)
class Generation:
    """One answer of a model to one prompt, not yet read.

    ``seconds`` run from the start of the work to the end of this answer, waiting left out.
    ``cumulative_logprob`` is the natural logarithm of the answer's probability at temperature 1,
    the token that ends it included; None where the generator does not tell.
    """

    text: str
    finish_reason: FinishReason
    num_prompt_tokens: int
    num_tokens: int
    seconds: float
    cumulative_logprob: float | None = None

    @property
    def avg_logprob(self) -> float | None:
        """Per generated token; one that only ends the answer is not counted."""
        if self.cumulative_logprob is None:
            return None
        return self.cumulative_logprob / max(1, self.num_tokens)


@dataclass(frozen=True, slots=True)
class StudentAnswer:
    """One answer after all steps of serving.

    ``edit`` is what was read out of ``text``. ``reason`` is the word with which serving would show
    nothing: why no prompt could be rendered, no edit read, or why the judgement objects to
    ``edit``. ``rendered`` is absent where there was no prompt, and so was no generation.
    """

    text: str = ""
    edit: Edit | None = None
    reason: str | None = None
    rendered: RenderedPrompt | None = None
    num_prompt_tokens: int = 0
    num_tokens: int = 0
    seconds: float = 0.0
    cumulative_logprob: float | None = None
    avg_logprob: float | None = None

    @property
    def shown(self) -> Edit | None:
        """The edit that a user would see."""
        return self.edit if self.reason is None else None
