"""What stages ask of a student, and what a student asks of the model behind it."""

from typing import Protocol

from prompt_format import PromptInput, TokenCounter
from training.student.values import Ask, Generation, StudentAnswer


class Student(Protocol):
    """A model with a prompt format: input in, answers out, by the steps that serve."""

    @property
    def version(self) -> str:
        """Changes with everything in the model that can change an answer."""
        ...

    async def predict(
        self, prompt_input: PromptInput, *, num_samples: int, temperature: float, seed: int
    ) -> list[StudentAnswer]:
        """``num_samples`` answers, greedy at temperature 0. Raises ``RowError`` or ``RunError``."""
        ...

    def stats(self) -> dict[str, float]:
        """Counts of the run so far, by name; ``num_cache_hits`` if answers are kept."""
        ...


class Generator(Protocol):
    """A model that answers prompts, each with several samples at once."""

    @property
    def version(self) -> str: ...

    @property
    def max_context_tokens(self) -> int:
        """Longest prompt and answer together."""
        ...

    @property
    def count(self) -> TokenCounter:
        """Counts tokens of plain text, for budgets."""
        ...

    async def generate(self, ask: Ask) -> list[Generation]:
        """``ask.num_samples`` answers. Raises ``RowError`` or ``RunError``."""
        ...
