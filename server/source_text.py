"""A client's text and the two ways of pointing into it: the client's, and ours.

The client counts in UTF-8, UTF-16 or UTF-32 units and keeps its line endings; inside, every offset
counts UTF-8 bytes of a text that ends its lines with ``\\n`` alone.
"""

from bisect import bisect_left
from enum import StrEnum
from functools import cached_property
from itertools import accumulate

from prompt_format import InvalidRange


class Unit(StrEnum):
    """What a client's offsets and columns count."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    UTF_32 = "utf-32"

    @property
    def codec(self) -> str:
        return "utf-8" if self is Unit.UTF_8 else f"{self.value}-le"

    @property
    def width(self) -> int:
        """Bytes of one unit in ``codec``."""
        return {Unit.UTF_8: 1, Unit.UTF_16: 2, Unit.UTF_32: 4}[self]

    def length(self, text: str) -> int:
        """Number of units in ``text``."""
        if text.isascii() or self is Unit.UTF_32:
            return len(text)
        return len(text.encode(self.codec)) // self.width

    def index_of(self, text: str, offset: int, name: str) -> int:
        """The character index at ``offset`` units. Raises ``InvalidRange`` naming ``name``."""
        if offset < 0 or offset > len(text) * 4:
            raise InvalidRange(f"{name} lies outside the text")
        if text.isascii() or self is Unit.UTF_32:
            if offset > len(text):
                raise InvalidRange(f"{name} lies outside the text")
            return offset
        # No character is longer than its unit offset, so the rest of the text need not be encoded.
        encoded = text[: offset + 1].encode(self.codec)
        if offset * self.width > len(encoded):
            raise InvalidRange(f"{name} lies outside the text")
        try:
            return len(encoded[: offset * self.width].decode(self.codec))
        except UnicodeDecodeError:
            raise InvalidRange(f"{name} lies inside a character") from None


class SourceText:
    """One text of a request, as the client sent it (``original``) and as we use it (``text``)."""

    def __init__(self, original: str, unit: Unit, start_row: int = 0) -> None:
        self.original = original
        self.unit = unit
        self.start_row = start_row
        self.has_crlf = "\r\n" in original
        self.text = original.replace("\r\n", "\n")

    @cached_property
    def _crlf_newlines(self) -> list[int]:
        """Character indices in ``text`` of the newlines that the client wrote as two characters."""
        found: list[int] = []
        at = self.original.find("\r\n")
        while at >= 0:
            found.append(at - len(found))
            at = self.original.find("\r\n", at + 2)
        return found

    def byte_offset(self, offset: int, name: str) -> int:
        """Ours for a client's offset. Raises ``InvalidRange`` naming ``name``."""
        index = self.unit.index_of(self.original, offset, name)
        if self.has_crlf:
            if index > 0 and self.original[index - 1 : index + 1] == "\r\n":
                raise InvalidRange(f"{name} lies inside a line break")
            index -= self.original.count("\r\n", 0, index)
        return self._bytes_before(index)

    def byte_offset_at(self, row: int, column: int, name: str) -> int:
        """Ours for a client's row (of the file) and column. Raises ``InvalidRange``."""
        row -= self.start_row
        if not 0 <= row < len(self._lines):
            raise InvalidRange(f"{name}.row lies outside the text")
        index_in_line = self.unit.index_of(self._lines[row], column, f"{name}.column")
        return self._bytes_before(self._line_starts[row] + index_in_line)

    def position(self, byte_offset: int) -> tuple[int, int, int]:
        """The client's offset, row and column of one of our byte offsets."""
        index = self._index(byte_offset)
        row = self.text.count("\n", 0, index)
        line_start = self.text.rfind("\n", 0, index) + 1
        column = self.unit.length(self.text[line_start:index])
        offset = self.unit.length(self.original_before(byte_offset))
        return offset, row + self.start_row, column

    def original_before(self, byte_offset: int) -> str:
        """What the client sent up to one of our byte offsets."""
        index = self._index(byte_offset)
        if self.has_crlf:
            index += bisect_left(self._crlf_newlines, index)
        return self.original[:index]

    def to_client(self, text: str) -> str:
        """New text with the client's line endings."""
        return text.replace("\n", "\r\n") if self.has_crlf else text

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def _line_starts(self) -> list[int]:
        return list(accumulate((len(line) + 1 for line in self._lines), initial=0))

    @cached_property
    def encoded(self) -> bytes:
        """``text`` as UTF-8; our byte offsets index this."""
        return self.text.encode()

    def _index(self, byte_offset: int) -> int:
        if self.text.isascii():
            return byte_offset
        return len(self.encoded[:byte_offset].decode())

    def _bytes_before(self, index: int) -> int:
        return index if self.text.isascii() else len(self.text[:index].encode())
