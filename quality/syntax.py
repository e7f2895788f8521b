"""Syntax trees of source text: how many errors it has, and which nodes stand around the cursor.

The grammars are packages of their own, so that none is downloaded when a text is parsed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from types import MappingProxyType

from tree_sitter import Language, Node, Parser, Tree

from prompt_format import TextRange

_GRAMMARS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "bash": ("tree_sitter_bash", "language"),
        "c": ("tree_sitter_c", "language"),
        "cpp": ("tree_sitter_cpp", "language"),
        "css": ("tree_sitter_css", "language"),
        "go": ("tree_sitter_go", "language"),
        "html": ("tree_sitter_html", "language"),
        "java": ("tree_sitter_java", "language"),
        "javascript": ("tree_sitter_javascript", "language"),
        "json": ("tree_sitter_json", "language"),
        "lua": ("tree_sitter_lua", "language"),
        "python": ("tree_sitter_python", "language"),
        "ruby": ("tree_sitter_ruby", "language"),
        "rust": ("tree_sitter_rust", "language"),
        "tsx": ("tree_sitter_typescript", "language_tsx"),
        "typescript": ("tree_sitter_typescript", "language_typescript"),
    }
)
"""Languages as ``language_of`` names them: the module of the grammar, and its function."""

PARSED_LANGUAGES = frozenset(_GRAMMARS)


def parse(text: bytes, language: str | None) -> Tree | None:
    """The tree of ``text``, which is UTF-8; None if there is no grammar for ``language``.

    Any text has a tree; what does not fit the grammar is in it as errors.
    """
    if language not in _GRAMMARS:
        return None
    return Parser(_grammar(language)).parse(text)


def parse_changed(tree: Tree, old: bytes, new: bytes, language: str) -> Tree:
    """The tree of ``new``, in less time than ``parse`` takes: ``tree`` is that of ``old``."""
    old_lines, new_lines = old.split(b"\n"), new.split(b"\n")
    first = _num_equal(old_lines, new_lines)
    after = _num_equal(reversed(old_lines[first:]), reversed(new_lines[first:]))
    old_end, new_end = len(old_lines) - after, len(new_lines) - after
    known = tree.copy()
    known.edit(
        start_byte=_num_bytes(old, old_lines[:first]),
        old_end_byte=_num_bytes(old, old_lines[:old_end]),
        new_end_byte=_num_bytes(new, new_lines[:new_end]),
        start_point=(first, 0),
        old_end_point=(old_end, 0),
        new_end_point=(new_end, 0),
    )
    return Parser(_grammar(language)).parse(new, known)


def _num_bytes(text: bytes, lines: Sequence[bytes]) -> int:
    """The bytes of the first ``lines`` of ``text`` with their newlines; the last may have none."""
    return min(len(text), sum(map(len, lines)) + len(lines))


def _num_equal(left: Iterable[bytes], right: Iterable[bytes]) -> int:
    """How many elements both begin with."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def count_syntax_errors(text: str, language: str | None) -> int | None:
    """Stretches that do not fit the grammar, and tokens that it misses; None without a grammar.

    An excerpt that begins or ends within a block may have errors of its own: compare two states.
    """
    tree = parse(text.encode(), language)
    return None if tree is None else sum(1 for _error in _errors(tree.root_node))


def syntax_ranges(text: bytes, cursor: int, language: str | None) -> tuple[TextRange, ...]:
    """The nodes that contain the byte ``cursor``, inner to outer, as bytes of ``text``.

    Of nodes that span the same bytes there is one. Stretches that do not parse are no nodes.
    """
    tree = parse(text, language)
    node = tree and tree.root_node.descendant_for_byte_range(cursor, cursor)
    found: dict[tuple[int, int], None] = {}
    while node is not None:
        if not node.is_error and node.start_byte < node.end_byte:
            found.setdefault((node.start_byte, node.end_byte))
        node = node.parent
    return tuple(TextRange(start=start, end=end) for start, end in found)


@cache
def _grammar(language: str) -> Language:
    """Loaded once in a process; parsers made from it are cheap and no two callers share one."""
    module, function = _GRAMMARS[language]
    return Language(getattr(import_module(module), function)())


def _errors(root: Node) -> Iterator[Node]:
    """Only nodes with an error below them are looked into."""
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if node.is_error or node.is_missing:
            yield node
        if node.has_error:
            nodes += node.children
