"""Text of a file, or of some rows of it, in which definitions are looked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from prompt_format.lines import split_lines
from training.definitions.finding import Definition


@dataclass(frozen=True)
class SourceText:
    """``text`` starts at row ``first_row`` of the file, whose last row is ``max_row``."""

    path: str
    text: str
    definitions: tuple[Definition, ...]
    first_row: int = 0
    max_row: int = 0

    @cached_property
    def _lines(self) -> Sequence[str]:
        return split_lines(self.text)

    def rows(self, start: int, end: int) -> str:
        """The lines of rows ``start`` to ``end`` (exclusive) of the file."""
        return "".join(self._lines[max(0, start - self.first_row) : end - self.first_row])


def plain_text(content: bytes) -> str | None:
    """``content`` with ``\\n`` line endings; None if it is no UTF-8 text."""
    try:
        return content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None
