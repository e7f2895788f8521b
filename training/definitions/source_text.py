"""Text of a file, or of some rows of it, in which definitions are looked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tree_sitter import Tree

from prompt_format.lines import split_lines
from quality.languages import language_of
from quality.syntax import parse
from training.definitions.finding import Definition, definitions_in


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


def read_source(
    path: str, text: str, first_row: int = 0, max_row: int | None = None, tree: Tree | None = None
) -> SourceText:
    """``text`` with what it defines; the language is told by ``path``.

    ``tree`` is that of the text, where it is known.
    """
    language = language_of(path)
    last = text.count("\n") if max_row is None else max_row
    tree = tree or parse(text.encode(), language)
    if tree is None:
        return SourceText(path, text, (), first_row, last)
    found = definitions_in(tree.root_node, language)
    definitions = tuple(definition.moved(first_row) for definition in found) if first_row else found
    return SourceText(path, text, definitions, first_row, last)


def plain_text(content: bytes) -> str | None:
    """``content`` with ``\\n`` line endings; None if it is no UTF-8 text."""
    try:
        return content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None
