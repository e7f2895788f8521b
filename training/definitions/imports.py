"""What a file imports, by the words of its import statements, whatever the language."""

import re

_STATEMENT = re.compile(
    r"^[ \t]*(?:pub(?:\([^)\n]*\))?[ \t]+)?"
    r"(?:(?:from|import|use|extern[ \t]+crate|\#[ \t]*include)\b|export[ \t]*(?=[{*]))"
    r"[^\n(){};]*(?:\([^)]*\)|\{[^}]*\})?[^\n;]*",
    re.MULTILINE,
)
_REQUIRE = re.compile(r"^.*\brequire\b.*$", re.MULTILINE)
_WORD = re.compile(r"\w+")

MAX_CHARS = 12_000
"""How far down imports are looked for."""
NAMED_IMPORTS = frozenset({"javascript", "python", "tsx", "typescript"})
"""Languages in which a name of another file is unknown until a statement imports it by name."""


def imported_words(text: str) -> frozenset[str]:
    """Names, modules and folders that the import statements at the top of a file mention.

    A statement ends with its line, or with the line on which its brackets close.
    """
    text = text[:MAX_CHARS]
    statements = _STATEMENT.findall(text)
    if "require" in text:
        statements += _REQUIRE.findall(text)
    return frozenset(word for statement in statements for word in _WORD.findall(statement))
