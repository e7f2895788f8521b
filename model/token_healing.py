"""Prompts that end in the middle of a word, where the vocabulary would have split it otherwise.

A model has learnt ``return`` as one token and is surprised by ``ret`` followed by ``urn``; it has
learnt `` total`` with its space and is lost after a lone space. So the last tokens of such a prompt
are left open: chosen anew by the model, among tokens that spell the same bytes.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence

from model.tokenizer import Tokenizer

MAX_OPEN_TOKENS = 4

_WORD_AT_END = re.compile(rb" ?[\w\x80-\xff]+\Z")


def num_open_tokens(tokenizer: Tokenizer, prompt_tokens: Sequence[int]) -> int:
    """How many tokens at the end to choose anew: those of an unfinished word, but at least one."""
    end = tokenizer.decode(prompt_tokens[-MAX_OPEN_TOKENS:])
    word = _WORD_AT_END.search(end)
    if word is None:
        return min(1, len(prompt_tokens))
    num_open, num_bytes = 0, 0
    for token in reversed(prompt_tokens[-MAX_OPEN_TOKENS:]):
        if num_bytes >= len(word[0]):
            break
        num_open += 1
        num_bytes += len(tokenizer.decode((token,)))
    return num_open


class PrefixIndex:
    """Finds the tokens with which a text that begins with given bytes may begin."""

    def __init__(self, token_bytes: Iterable[bytes], excluded: Collection[int] = ()) -> None:
        spelled = ((spelling, token) for token, spelling in enumerate(token_bytes) if spelling)
        ordered = sorted(pair for pair in spelled if pair[1] not in excluded)
        self._spellings = [spelling for spelling, _token in ordered]
        self._tokens = [token for _spelling, token in ordered]

    def tokens_along(self, start: bytes) -> list[int]:
        """Tokens that begin with ``start``, and those that ``start`` begins with."""
        found = []
        for length in range(1, len(start)):
            found += self._tokens[slice(*self._places(start[:length], start[:length] + b"\0"))]
        longer = self._places(start, start + b"\xff" * 256)
        return found + self._tokens[slice(*longer)]

    def _places(self, first: bytes, beyond: bytes) -> tuple[int, int]:
        return bisect_left(self._spellings, first), bisect_left(self._spellings, beyond)
