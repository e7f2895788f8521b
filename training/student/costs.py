"""What sampling has cost, and what a frontier teacher would cost for the same filter."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from training.student.values import StudentAnswer


class TeacherPrice(BaseModel):
    """A teacher that rewrites the region instead of the student, asked ``num_answers`` times.

    The defaults are list prices of a large hosted model of 2026 (3 and 15 US dollars for a million
    tokens in and out), and the ten answers for each example that such a filter began with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    num_answers: int = Field(default=10, ge=1)
    dollars_per_mtoken_in: float = Field(default=3.0, ge=0.0)
    dollars_per_mtoken_out: float = Field(default=15.0, ge=0.0)
    instruction_tokens: int = Field(default=3500, ge=0, description="Its prompt beside the code.")
    answer_tokens: int = Field(default=400, ge=0, description="A region and a short explanation.")

    def dollars(self, num_examples: int, num_prompt_tokens: int) -> float:
        """For ``num_examples`` whose code has ``num_prompt_tokens`` in all."""
        num_in = self.num_answers * (num_prompt_tokens + num_examples * self.instruction_tokens)
        num_out = self.num_answers * num_examples * self.answer_tokens
        in_dollars = num_in * self.dollars_per_mtoken_in
        return (in_dollars + num_out * self.dollars_per_mtoken_out) / 1e6


@dataclass(slots=True)
class Costs:
    """Sums over all examples that were sampled. A prompt is read once for all its samples."""

    num_examples: int = 0
    num_answers: int = 0
    num_prompt_tokens: int = 0
    num_tokens: int = 0
    started: float = field(default_factory=time.monotonic)

    def add(self, answers: Sequence[StudentAnswer]) -> None:
        """Count the answers to one example."""
        self.num_examples += 1
        self.num_answers += len(answers)
        self.num_prompt_tokens += max((answer.num_prompt_tokens for answer in answers), default=0)
        self.num_tokens += sum(answer.num_tokens for answer in answers)

    def as_dict(self) -> dict[str, float]:
        """The sums by name."""
        return {
            "num_answers": self.num_answers,
            "num_prompt_tokens": self.num_prompt_tokens,
            "num_tokens": self.num_tokens,
        }

    def lines(self, teacher: TeacherPrice, num_cached: int = 0) -> list[str]:
        """For a person, after a run; ``num_cached`` examples were answered by an earlier one."""
        if not self.num_examples:
            return []
        seconds = time.monotonic() - self.started
        dollars = teacher.dollars(self.num_examples, self.num_prompt_tokens)
        return [
            f"student: {self.num_answers} answers to {self.num_examples} examples,"
            f" {self.num_prompt_tokens} tokens read, {self.num_tokens} written,"
            f" {seconds:.1f} s ({seconds / self.num_examples:.2f} s per example)"
            + (f"; {num_cached} examples from the cache" if num_cached else ""),
            f"teacher: {teacher.num_answers} answers each would cost"
            f" ${dollars:.2f} (${1000 * dollars / self.num_examples:.2f} per 1000 examples)",
        ]
