"""A tokenizer without a vocabulary file: a token is a byte, special tokens come after the bytes."""

from collections.abc import Sequence

from model.errors import UnencodableText
from model.special_tokens import split_at_special_tokens


class ByteTokenizer:
    """One token for each UTF-8 byte; ``special_tokens`` have the ids from 256 on."""

    def __init__(self, special_tokens: Sequence[str] = ("<|endoftext|>",)) -> None:
        self._special_ids = {token: 256 + place for place, token in enumerate(special_tokens)}
        self._specials = [token.encode() for token in special_tokens]

    def encode(self, text: str, special_tokens: Sequence[str] = ()) -> tuple[int, ...]:
        named = [token for token in special_tokens if token in self._special_ids]
        if not named:
            return tuple(_utf8(text))
        tokens: list[int] = []
        for part, is_special in split_at_special_tokens(text, named):
            tokens.extend((self._special_ids[part],) if is_special else _utf8(part))
        return tuple(tokens)

    def decode(self, tokens: Sequence[int]) -> bytes:
        return b"".join(
            bytes((token,)) if token < 256 else self._specials[token - 256] for token in tokens
        )

    def count(self, text: str) -> int:
        return len(_utf8(text))


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise UnencodableText(error.start) from None
