"""A quick look at a text: which names can it define at all? It spares parsing most files."""

import re
import sys
from collections.abc import Mapping
from types import MappingProxyType

_JAVASCRIPT_WORD = (
    "(?:abstract|accessor|async|class|const|declare|enum|function|get|interface|let|module"
    "|namespace|override|private|protected|public|readonly|set|static|type|var)"
)
_JAVASCRIPT = re.compile(
    rf"\b{_JAVASCRIPT_WORD}(?:[ \t]+{_JAVASCRIPT_WORD})*\b[ \t]*\*?[ \t]*(#?[\w$]+)"
    r"|(?:^|[;:{})])[ \t]*\*?[ \t]*(#?[\w$]+)[ \t]*(?=[(:?;<!}]|=(?![=>]))",
    re.MULTILINE,
)
_PATTERNS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "javascript": _JAVASCRIPT,
        "python": re.compile(
            r"\b(?:class|def|type)[ \t]+(\w+)|(?:^|[;:])[ \t]*(\w+)[ \t]*(?=:|=(?!=))", re.MULTILINE
        ),
        "rust": re.compile(
            r"\b(?:enum|fn|macro_rules!|struct|trait|type|union"
            r"|(?:const|static)(?:[ \t]+mut)?(?![ \t]+(?:async|extern|fn|unsafe)\b))[ \t]+()(\w+)"
        ),
        "tsx": _JAVASCRIPT,
        "typescript": _JAVASCRIPT,
    }
)
_ANY = re.compile(
    r"(?:^[ \t]*|(?<=[>)\]}*&;{:.#!])[ \t]*|(?<=\w)[ \t]+)()([^\W\d]\w*)", re.MULTILINE
)
"""Other languages: what starts a line, or stands behind a word or a sign that no value follows."""


def may_define(text: str, language: str) -> frozenset[str]:
    """The names that stand in ``text`` as in a definition outside of functions, and some others."""
    found = _PATTERNS.get(language, _ANY).findall(text)
    return frozenset(sys.intern(one or other) for one, other in found)
