"""What it costs an engine to check a draft, and how long a draft is worth that."""

from collections.abc import Iterable
from dataclasses import dataclass

MEMORY_TOKENS = 256
"""Drafted tokens that the assumed cost counts for, before any is measured."""


@dataclass(frozen=True, slots=True)
class StepCost:
    """In steps of one token: ``fixed`` for any draft at all, ``per_token`` for each of its tokens.

    The defaults are those of a GPU, where a step waits for memory and not for arithmetic.
    """

    fixed: float = 0.0
    per_token: float = 0.003

    def of(self, num_drafted: int) -> float:
        """What a step costs that checks so many tokens."""
        return 1.0 + (self.fixed + self.per_token * num_drafted if num_drafted else 0.0)


def best_length(odds: Iterable[float], cost: StepCost) -> tuple[int, float]:
    """How many tokens to draft, and the steps that this saves on average.

    ``odds`` are those of each token, given that the ones before it are right. A token that is right
    saves what it would have cost otherwise: a whole step for the first one, less for those behind a
    long draft that was right, which the next step would have drafted with the same ease.
    """
    saved, chance = -cost.fixed, 1.0
    best, length = 0.0, 0
    for number, odd in enumerate(odds, 1):
        chance *= odd
        gain = chance * cost.of(number - 1) / number - cost.per_token
        if gain < 0:
            break
        saved += gain
        if saved > best:
            best, length = saved, number
    return length, best


class MeasuredCost:
    """Learns an engine's ``StepCost.per_token`` from the times of its steps.

    Beside other work steps take longer, drafts or not: only the ratio is kept, and a step that was
    held up counts no more than the slowest that is believed.
    """

    MEMORY = 0.98
    MIN_PLAIN_STEPS = 4
    FASTEST, SLOWEST = 0.001, 0.25
    """Bounds of what is believed for one token, in plain steps."""

    def __init__(self, assumed: StepCost) -> None:
        self._assumed = assumed
        self._num_plain = 0
        self._plain_seconds = 0.0
        self._extra = assumed.per_token * MEMORY_TOKENS
        self._tokens = float(MEMORY_TOKENS)

    @property
    def cost(self) -> StepCost:
        """The assumed cost, as measured since."""
        per_token = max(self.FASTEST, self._extra / self._tokens)
        return StepCost(self._assumed.fixed, per_token)

    def note(self, num_drafted: int, seconds: float) -> None:
        """A step that read one token and ``num_drafted`` drafted ones took so long."""
        if not num_drafted:
            share = max(1 - self.MEMORY, 1 / (self._num_plain + 1))
            self._plain_seconds += (seconds - self._plain_seconds) * share
            self._num_plain += 1
        elif self._num_plain >= self.MIN_PLAIN_STEPS:
            extra = seconds / self._plain_seconds - 1 - self._assumed.fixed
            most = self.SLOWEST * num_drafted
            self._extra = self._extra * self.MEMORY + min(max(extra, 0.0), most)
            self._tokens = self._tokens * self.MEMORY + num_drafted
