"""Token budgets: how much text a prompt may hold, counted by estimate or by a real tokenizer."""

from collections.abc import Callable
from dataclasses import dataclass

TokenCounter = Callable[[str], int]

BYTES_PER_TOKEN = 3
"""Zed's estimate, used by every client of its formats."""


def estimate_tokens(text: str) -> int:
    """Zed's estimate: a third of the UTF-8 bytes, rounded down."""
    return len(text.encode()) // BYTES_PER_TOKEN


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """How to count, and a limit below the format's own where the engine's context is smaller.

    ``count`` is the byte estimate by default and exact where the engine lends its tokenizer.
    """

    count: TokenCounter = estimate_tokens
    max_prompt_tokens: int | None = None

    def limit(self, format_limit: int) -> int:
        """The smaller of the format's own limit and the engine's, in tokens."""
        if self.max_prompt_tokens is None:
            return format_limit
        return min(format_limit, self.max_prompt_tokens)
