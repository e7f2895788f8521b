"""Lines of a text, and the rows that byte offsets lie on."""

from bisect import bisect_right
from itertools import accumulate


def split_lines(text: str) -> list[str]:
    """Lines with their ``\\n``; the last may lack it, and there is none after a final ``\\n``."""
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def with_newline(text: str) -> str:
    """``text``, ended by a newline unless it is."""
    return text if text.endswith("\n") else text + "\n"


class LineIndex:
    """Where a text's rows start and end, in bytes. A final newline opens one more, empty row."""

    def __init__(self, text: bytes) -> None:
        lines = text.split(b"\n")
        self.lengths = [len(line) for line in lines]
        self.starts = [0, *accumulate(length + 1 for length in self.lengths[:-1])]

    def __len__(self) -> int:
        return len(self.starts)

    def row(self, offset: int) -> int:
        """The row that ``offset`` lies on."""
        return bisect_right(self.starts, offset) - 1

    def end(self, row: int) -> int:
        """Where ``row`` ends, before its newline."""
        return self.starts[row] + self.lengths[row]
