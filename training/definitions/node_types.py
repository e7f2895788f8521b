"""Which nodes of a syntax tree define something, language by language.

A definition's name is found in its fields, the same ones in all grammars (``NAME_FIELDS``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

NAME_FIELDS = ("declarator", "name", "left", "property", "field", "method")
"""Followed inwards until a node has none of them: that one holds the name."""

NAME_NODES = frozenset(
    {
        "constant", "field_identifier", "identifier", "private_property_identifier",
        "property_identifier", "type", "type_identifier", "variable_name", "word",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NodeTypes:
    """Node types by what they are.

    ``types`` define a type, whose members count as well; ``functions`` and ``values`` are not
    looked into. ``owners`` hold members without defining anything; ``outer`` belong to the
    definition in them; ``containers`` are just passed through.
    """

    types: frozenset[str]
    functions: frozenset[str]
    values: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    outer: frozenset[str] = frozenset()
    containers: frozenset[str] = field(default=frozenset())


def _of(
    types: str, functions: str, values: str = "", owners: str = "", outer: str = "",
    containers: str = "",
) -> NodeTypes:  # fmt: skip
    given = (types, functions, values, owners, outer, containers)
    return NodeTypes(*(frozenset(each.split()) for each in given))


_PYTHON = _of(
    types="class_definition",
    functions="function_definition",
    values="assignment type_alias_statement",
    outer="decorated_definition expression_statement",
    containers="block if_statement else_clause elif_clause try_statement except_clause",
)
_JAVASCRIPT = _of(
    types="class_declaration abstract_class_declaration interface_declaration enum_declaration",
    functions=(
        "function_declaration generator_function_declaration method_definition function_signature"
        " method_signature abstract_method_signature"
    ),
    values=(
        "variable_declarator field_definition public_field_definition property_signature"
        " type_alias_declaration"
    ),
    owners="internal_module module",
    outer="export_statement lexical_declaration variable_declaration ambient_declaration",
    containers="expression_statement class_body interface_body statement_block",
)
_C = _of(
    types="struct_specifier union_specifier class_specifier enum_specifier",
    functions="function_definition preproc_function_def",
    values="preproc_def type_definition alias_declaration",
    owners="namespace_definition",
    outer="template_declaration",
    containers=(
        "preproc_ifdef preproc_if preproc_else preproc_elif linkage_specification declaration_list"
        " field_declaration_list"
    ),
)
NODE_TYPES: Mapping[str, NodeTypes] = MappingProxyType(
    {
        "bash": _of(types="", functions="function_definition", values="variable_assignment"),
        "c": _C,
        "cpp": _C,
        "go": _of(
            types="",
            functions="function_declaration method_declaration",
            values="type_spec type_alias const_spec var_spec",
            containers="type_declaration const_declaration var_declaration var_spec_list",
        ),
        "java": _of(
            types=(
                "class_declaration interface_declaration enum_declaration record_declaration"
                " annotation_type_declaration"
            ),
            functions="method_declaration",
            values="field_declaration",
            containers="class_body interface_body enum_body enum_body_declarations",
        ),
        "javascript": _JAVASCRIPT,
        "lua": _of(
            types="",
            functions="function_declaration",
            values="assignment_statement",
            outer="variable_declaration",
        ),
        "python": _PYTHON,
        "ruby": _of(
            types="class module",
            functions="method singleton_method",
            values="assignment",
            containers="body_statement",
        ),
        "rust": _of(
            types="trait_item",
            functions="function_item function_signature_item macro_definition",
            values="struct_item enum_item union_item type_item const_item static_item",
            owners="impl_item",
            containers="mod_item declaration_list",
        ),
        "tsx": _JAVASCRIPT,
        "typescript": _JAVASCRIPT,
    }
)

_FAMILIES = (frozenset({"javascript", "tsx", "typescript"}), frozenset({"c", "cpp"}))


def family_of(language: str) -> frozenset[str]:
    """The languages whose files use each other's definitions; at least ``language``."""
    return next((each for each in _FAMILIES if language in each), frozenset({language}))
