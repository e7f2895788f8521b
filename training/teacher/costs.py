"""What the answers of a run have cost."""

from dataclasses import asdict, dataclass

from training.teacher.values import Answer


@dataclass(slots=True)
class Costs:
    """Counts of one run. Answers from the cache cost nothing: their tokens are not counted."""

    num_calls: int = 0
    num_cache_hits: int = 0
    num_failures: int = 0
    num_retries: int = 0
    num_prompt_tokens: int = 0
    num_cached_prompt_tokens: int = 0
    num_completion_tokens: int = 0

    def add(self, answer: Answer) -> None:
        """One answer that was paid for."""
        self.num_calls += 1
        self.num_prompt_tokens += answer.num_prompt_tokens
        self.num_cached_prompt_tokens += answer.num_cached_tokens
        self.num_completion_tokens += answer.num_tokens

    def line(self) -> str:
        """For a person, after a run."""
        return (
            f"teacher: {self.num_calls:,} answers, {self.num_cache_hits:,} more from the cache;"
            f" {self.num_prompt_tokens:,} tokens read, {self.num_completion_tokens:,} written;"
            f" {self.num_failures:,} questions failed, {self.num_retries:,} calls were repeated"
        )

    def as_dict(self) -> dict[str, int]:
        """By name, for the summary of the run."""
        return asdict(self)
