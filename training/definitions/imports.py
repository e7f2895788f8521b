"""What a file imports, by the words of its import statements, whatever the language."""

import re

from tree_sitter import Node

_WORD = re.compile(rb"\w+")
_BLOCKS = frozenset({"block", "if_statement", "try_statement", "else_clause", "ERROR"})
_IMPORTS = frozenset({"use_declaration", "preproc_include", "extern_crate_declaration"})
_MAX_REQUIRE_BYTES = 400

NAMED_IMPORTS = frozenset({"javascript", "python", "tsx", "typescript"})
"""Languages in which a name of another file is unknown until a statement imports it by name."""


def imported_words(root: Node) -> frozenset[str]:
    """Names, modules and folders that the import statements outside of functions mention."""
    words: set[bytes] = set()
    nodes = [root]
    while nodes:
        for node in nodes.pop().named_children:
            text = node.text or b""
            is_require = len(text) < _MAX_REQUIRE_BYTES and b"require" in text
            if "import" in node.type or node.type in _IMPORTS or is_require:
                words.update(_WORD.findall(text))
            elif node.type in _BLOCKS:
                nodes.append(node)
    return frozenset(word.decode(errors="replace") for word in words)
