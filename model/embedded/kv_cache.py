"""The keys and values of the tokens a session has read: grown, cut back, never recomputed."""

import torch
from torch import Tensor

BLOCK_TOKENS = 256
"""Room is taken in multiples of this."""


class KVCache:
    """Keys and values of ``tokens``, for every layer: (layer, head, token, dimension)."""

    def __init__(self, shape: tuple[int, int, int], dtype: torch.dtype) -> None:
        self._num_layers, self._num_heads, self._head_size = shape
        self._dtype = dtype
        self.tokens: list[int] = []
        self.keys = self._empty(0)
        self.values = self._empty(0)

    @property
    def length(self) -> int:
        """Number of tokens held."""
        return len(self.tokens)

    @property
    def capacity(self) -> int:
        """Number of tokens there is room for."""
        return self.keys.shape[2]

    def reserve(self, num_tokens: int) -> None:
        """Make room for ``num_tokens`` altogether, keeping what is held."""
        if num_tokens <= self.capacity:
            return
        room = -(-num_tokens // BLOCK_TOKENS) * BLOCK_TOKENS
        self.keys = self._grown(self.keys, room)
        self.values = self._grown(self.values, room)

    def truncate(self, num_tokens: int) -> None:
        """Forget everything after the first ``num_tokens``."""
        del self.tokens[num_tokens:]

    def common_prefix(self, tokens: tuple[int, ...]) -> int:
        """How many of the first ``tokens`` are held."""
        held = self.tokens
        length = min(len(held), len(tokens))
        for place in range(length):
            if held[place] != tokens[place]:
                return place
        return length

    def _grown(self, old: Tensor, room: int) -> Tensor:
        new = self._empty(room)
        new[:, :, : self.length] = old[:, :, : self.length]
        return new

    def _empty(self, room: int) -> Tensor:
        return torch.empty(
            self._num_layers, self._num_heads, room, self._head_size, dtype=self._dtype
        )
