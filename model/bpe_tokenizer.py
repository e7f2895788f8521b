"""The tokenizer of a model folder: byte-level BPE as ``tokenizer.json`` describes it."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from tokenizers import Tokenizer

from model.errors import ModelFilesError, UnencodableText
from model.special_tokens import split_at_special_tokens
from model.token_healing import PrefixIndex

NUM_COUNTS_KEPT = 4096
MAX_CHARS_KEPT = 4096


class BpeTokenizer:
    """Byte-level BPE. Safe to call from any thread.

    A byte for which the vocabulary has no token (some control characters) is left out.
    """

    def __init__(self, file: Path) -> None:
        try:
            self._bpe = Tokenizer.from_file(str(file))
        except Exception as error:  # the library raises nothing more specific
            raise ModelFilesError(f"{file} is damaged: {error}") from error
        self._bpe.encode_special_tokens = True
        added = self._bpe.get_added_tokens_decoder()
        self._special_ids = {token.content: number for number, token in added.items()}
        try:
            self._bytes = self._byte_table()
        except KeyError as error:
            raise ModelFilesError(f"{file} is no byte-level vocabulary") from error
        self._prefixes = PrefixIndex(self._bytes, self._special_ids.values())
        self._count_kept = lru_cache(NUM_COUNTS_KEPT)(self._count)

    @property
    def num_tokens(self) -> int:
        """Size of the vocabulary."""
        return len(self._bytes)

    def special_id(self, token: str) -> int | None:
        """Id of a special token, if the vocabulary has it."""
        return self._special_ids.get(token)

    def encode(self, text: str, special_tokens: Sequence[str] = ()) -> tuple[int, ...]:
        named = [token for token in special_tokens if token in self._special_ids]
        tokens: list[int] = []
        for part, is_special in split_at_special_tokens(_checked(text), named):
            if is_special:
                tokens.append(self._special_ids[part])
            else:
                tokens.extend(self._bpe.encode(part, add_special_tokens=False).ids)
        return tuple(tokens)

    def decode(self, tokens: Sequence[int]) -> bytes:
        return b"".join([self._bytes[token] for token in tokens])

    def tokens_along(self, start: bytes) -> list[int]:
        """Tokens, none of them special, with which a text that begins with ``start`` may begin."""
        return self._prefixes.tokens_along(start)

    def count(self, text: str) -> int:
        return self._count_kept(text) if len(text) <= MAX_CHARS_KEPT else self._count(text)

    def _count(self, text: str) -> int:
        return len(self._bpe.encode(_checked(text), add_special_tokens=False).ids)

    def _byte_table(self) -> list[bytes]:
        vocabulary = self._bpe.get_vocab(with_added_tokens=True)
        byte_of = {char: byte for byte, char in enumerate(_byte_chars())}
        table = [b""] * (max(vocabulary.values()) + 1)
        for token, number in vocabulary.items():
            if token in self._special_ids:
                table[number] = token.encode()
            else:
                table[number] = bytes(byte_of[char] for char in token)
        return table


def _checked(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UnencodableText(error.start) from None
    return text


def _byte_chars() -> list[str]:
    """The character by which byte-level BPE writes each byte: itself where that is printable."""
    chars: list[str] = []
    num_moved = 0
    for byte in range(256):
        if 33 <= byte <= 126 or 161 <= byte <= 172 or byte >= 174:
            chars.append(chr(byte))
        else:
            chars.append(chr(256 + num_moved))
            num_moved += 1
    return chars
