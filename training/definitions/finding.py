"""The definitions in a file: what is defined where, and which rows say how it is used."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from quality.syntax import parse
from training.definitions.node_types import NAME_FIELDS, NAME_NODES, NODE_TYPES, NodeTypes

MAX_DEPTH = 12
"""Definitions within more blocks than this are left out."""


@dataclass(frozen=True, slots=True)
class Definition:
    """Rows from ``start`` to ``end`` (exclusive) define ``name``; those before ``body`` declare it.

    A member is defined within a type, or for one, and reached through it; types never count as one.
    """

    name: str
    start: int
    body: int
    end: int
    is_member: bool = False
    is_type: bool = False

    def moved(self, by: int) -> "Definition":
        """The same, ``by`` rows further down."""
        start, body, end = (row + by for row in (self.start, self.body, self.end))
        return replace(self, start=start, body=body, end=end)


def find_definitions(text: bytes, language: str | None) -> tuple[Definition, ...]:
    """What ``text`` defines outside of functions, by row; none for a language not known here."""
    tree = parse(text, language) if language in NODE_TYPES else None
    return () if tree is None else definitions_in(tree.root_node, language)


def definitions_in(root: Node, language: str | None) -> tuple[Definition, ...]:
    """As ``find_definitions``, of a text that has been parsed."""
    node_types = NODE_TYPES.get(language or "")
    if node_types is None:
        return ()
    return tuple(_walk(root, node_types, outer=None, is_member=False, depth=0))


def _walk(
    parent: Node, kinds: NodeTypes, *, outer: Node | None, is_member: bool, depth: int
) -> Iterator[Definition]:
    if depth > MAX_DEPTH:
        return
    for node in parent.named_children:
        kind = node.type
        is_type = kind in kinds.types
        if is_type or kind in kinds.functions or kind in kinds.values:
            yield from _definition(node, outer or node, is_member=is_member, is_type=is_type)
        if is_type or kind in kinds.owners:
            body = node.child_by_field_name("body")
            if body is not None:
                yield from _walk(body, kinds, outer=None, is_member=True, depth=depth + 1)
        elif kind in kinds.outer:
            whole = outer or node
            yield from _walk(node, kinds, outer=whole, is_member=is_member, depth=depth + 1)
        elif kind in kinds.containers or node.is_error:
            yield from _walk(node, kinds, outer=None, is_member=is_member, depth=depth + 1)


def _definition(node: Node, outer: Node, *, is_member: bool, is_type: bool) -> Iterator[Definition]:
    name = _name(node)
    if name is None or name.text is None:
        return
    start = outer.start_point.row
    last = outer.end_point
    end = max(start + 1, last.row + (last.column > 0))
    body = node.child_by_field_name("body")
    yield Definition(
        name=sys.intern(name.text.decode(errors="replace")),
        start=start,
        body=end if body is None else min(end, _body_row(body, start)),
        end=end,
        is_member=not is_type and (is_member or _is_reached_through(node)),
        is_type=is_type,
    )


def _name(node: Node) -> Node | None:
    """The node of the name; None for what defines several or none."""
    if node.type == "assignment_statement":  # Lua: the names stand in a list without a field
        names = node.named_children[0]
        node = names.named_children[0] if names.type == "variable_list" else names
    while node.type not in NAME_NODES or node.type == "type":
        inner = next(filter(None, map(node.child_by_field_name, NAME_FIELDS)), None)
        if inner is None:
            inner = node.named_children[0] if node.type == "type" else None
        if inner is None:
            return None
        node = inner
    return node


def _is_reached_through(node: Node) -> bool:
    """Whether the name is written behind that of its owner: Go's methods, Lua's ``M.f``."""
    name = node.child_by_field_name("name")
    return node.type == "method_declaration" or (name is not None and "index" in name.type)


def _body_row(body: Node, start: int) -> int:
    """The first row that only the body stands on; a brace still belongs to the declaration."""
    row = body.start_point.row
    opens_here = row == start or (body.text or b"")[:1] in (b"{", b"(")
    return row + 1 if opens_here else row
