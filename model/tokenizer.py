"""The tokenizer protocol: text to tokens and back, special tokens only where they were meant."""

from collections.abc import Sequence
from typing import Protocol


class Tokenizer(Protocol):
    """A model's vocabulary."""

    def encode(self, text: str, special_tokens: Sequence[str] = ()) -> tuple[int, ...]:
        """Tokens of ``text``. Only the named special tokens act as such; all else is plain text.

        A named token that the vocabulary lacks is encoded as plain text, too. Raises
        ``UnencodableText`` for lone surrogates.
        """
        ...

    def decode(self, tokens: Sequence[int]) -> bytes:
        """The bytes that ``tokens`` stand for; a token sequence may end inside a character."""
        ...

    def count(self, text: str) -> int:
        """Number of tokens in plain ``text``, for budgets."""
        ...
