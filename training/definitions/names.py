"""The names that are used around the cursor, those nearest to it first."""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

MAX_NAMES = 32
_QUALIFIED = frozenset(
    {"property_identifier", "field_identifier", "shorthand_field_identifier", "method"}
)
_QUALIFIED_FIELDS = frozenset({"attribute", "field", "method", "property"})
_ARGUMENT = "keyword_argument"


@dataclass(frozen=True, slots=True)
class UsedName:
    """A name; ``is_qualified`` if it stands behind another one (``owner.name``)."""

    name: str
    is_qualified: bool


def names_around(
    root: Node, excerpt: bytes, cursor: int, max_rows: int, max_names: int = MAX_NAMES
) -> tuple[UsedName, ...]:
    """Names within ``max_rows`` rows of the byte ``cursor``, by rows from it, then by columns.

    ``root`` is the tree of ``excerpt``. Used both plainly and behind another name, a name counts as
    used plainly.
    """
    row = excerpt.count(b"\n", 0, cursor)
    column = cursor - (excerpt.rfind(b"\n", 0, cursor) + 1)
    found: dict[str, tuple[int, int, bool]] = {}
    for node, field in _leaves(root, row - max_rows, row + max_rows):
        text = (node.text or b"").decode(errors="replace")
        place = node.start_point
        near = abs(place.row - row), abs(place.column - column)
        is_qualified = _is_qualified(node, field)
        known = found.get(text)
        if known is not None:
            near, is_qualified = min(near, known[:2]), is_qualified and known[2]
        found[text] = (*near, is_qualified)
    nearest = sorted(found, key=lambda name: (found[name][:2], name))
    return tuple(UsedName(name, found[name][2]) for name in nearest[:max_names])


def _leaves(root: Node, first: int, last: int) -> Iterator[tuple[Node, str | None]]:
    """Nodes of names on those rows, with the field of their parent that each is."""
    cursor = root.walk()
    is_done = False
    while not is_done:
        node = cursor.node
        assert node is not None
        is_near = node.end_point.row >= first and node.start_point.row <= last
        if is_near and _is_name(node):
            yield node, cursor.field_name
        if is_near and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                is_done = True
                break


def _is_name(node: Node) -> bool:
    kind = node.type
    return (
        node.is_named
        and not node.named_child_count
        and (kind.endswith("identifier") or kind in ("constant", "word", "variable_name"))
    )


def _is_qualified(node: Node, field: str | None) -> bool:
    if node.type in _QUALIFIED or field in _QUALIFIED_FIELDS:
        return True
    return field == "name" and node.parent is not None and node.parent.type in (
        _ARGUMENT, "scoped_identifier", "scoped_type_identifier", "qualified_identifier"
    )  # fmt: skip
