"""Splits code into the units that diffs and metrics compare.

Identifiers, whitespace and newlines are runs; operators are taken longest first; anything else is
one character. Joined, the units are the text again.
"""

import re

OPERATORS = (
    *(">>>=",),
    *("...", "..=", "===", "!==", "<<=", ">>=", ">>>", "**=", "//=", "&&=", "||=", "??=", "<=>"),
    *("::", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "..", "<<", ">>", "++"),
    *("--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "**", "//", ":=", "/*", "*/", "<-"),
)
"""Longest first, so that the longest one that matches is taken."""

_UNIT = re.compile(
    r"\w+|[\n\r]+|[^\S\n\r]+|" + "|".join(re.escape(operator) for operator in OPERATORS) + r"|.",
    re.DOTALL,
)


def tokenize(text: str) -> list[str]:
    """The units of ``text``, in order."""
    return _UNIT.findall(text)
