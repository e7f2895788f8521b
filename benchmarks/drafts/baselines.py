"""What drafts are compared with: none, and vLLM's n-gram lookup."""

from collections.abc import Sequence


class NoDrafts:
    """One step for each token."""

    def propose(self, limit: int) -> tuple[int, ...]:
        return ()

    def observe(self, tokens: Sequence[int], num_drafted: int, num_accepted: int) -> None:
        pass


class NgramLookup:
    """vLLM's method ``ngram``: what followed the first place that ends as the output does.

    The longest end of ``min_tokens`` to ``max_tokens`` that stands earlier in prompt and output is
    looked up, always ``num_draft_tokens`` are drafted (``vllm/v1/spec_decode/ngram_proposer.py``).
    """

    def __init__(
        self, prompt: Sequence[int], min_tokens: int, max_tokens: int, num_draft_tokens: int
    ) -> None:
        self._tokens: list[int] = []
        self._lengths = range(max_tokens, min_tokens - 1, -1)
        self._num_draft_tokens = num_draft_tokens
        self._first: dict[tuple[int, ...], int] = {}
        self._extend(prompt)

    def propose(self, limit: int) -> tuple[int, ...]:
        for length in self._lengths:
            end = tuple(self._tokens[-length:])
            place = self._first.get(end)
            if place is not None and place < len(self._tokens):
                return tuple(self._tokens[place : place + min(self._num_draft_tokens, limit)])
        return ()

    def observe(self, tokens: Sequence[int], num_drafted: int, num_accepted: int) -> None:
        self._extend(tokens)

    def _extend(self, tokens: Sequence[int]) -> None:
        for token in tokens:
            self._tokens.append(token)
            for length in self._lengths:
                if length <= len(self._tokens):
                    end = tuple(self._tokens[-length:])
                    self._first.setdefault(end, len(self._tokens))
