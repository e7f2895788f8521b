"""Secrets replaced in a text, and where its other bytes went."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from prompt_format import TextRange


class MappedText:
    """A text some spans of which were replaced."""

    def __init__(self, source: bytes, spans: Sequence[tuple[int, int, bytes]]) -> None:
        pieces: list[bytes] = []
        self._ends: list[int] = []
        self._spans = spans
        self._growths: list[int] = []
        done = growth = 0
        for start, end, new in spans:
            pieces += [source[done:start], new]
            growth += len(new) - (end - start)
            self._ends.append(end)
            self._growths.append(growth)
            done = end
        self.text = b"".join([*pieces, source[done:]]).decode()

    def offset(self, offset: int) -> int:
        """Where a byte offset is now; one inside a secret comes to the placeholder's start."""
        index = bisect_right(self._ends, offset)
        growth = self._growths[index - 1] if index else 0
        if index < len(self._spans) and self._spans[index][0] < offset:
            offset = self._spans[index][0]
        return offset + growth

    def range(self, given: TextRange) -> TextRange:
        return TextRange(start=self.offset(given.start), end=self.offset(given.end))


class Replacement:
    """Replaces every secret in a text, the longest first where one holds another."""

    def __init__(self, hits: Mapping[str, str]) -> None:
        self._hits = sorted(hits.items(), key=lambda hit: -len(hit[0]))

    def text(self, text: str) -> str:
        for secret, rule in self._hits:
            text = text.replace(secret, f"<{rule}>")
        return text

    def mapped(self, text: str) -> "MappedText":
        """The text with where its bytes went."""
        source = text.encode()
        spans: list[tuple[int, int, bytes]] = []
        for secret, rule in self._hits:
            given = secret.encode()
            at = source.find(given)
            while at >= 0:
                if not any(start < at + len(given) and at < end for start, end, _new in spans):
                    spans.append((at, at + len(given), f"<{rule}>".encode()))
                at = source.find(given, at + len(given))
        return MappedText(source, sorted(spans))
