"""A quick look at a text: which names can it define at all? It spares parsing most files."""

import re
import sys
from collections.abc import Mapping
from types import MappingProxyType

_JAVASCRIPT_WORD = (
    "(?:abstract|accessor|async|class|const|declare|default|enum|export|function|get|interface|let"
    "|module|namespace|override|private|protected|public|readonly|set|static|type|var)"
)
_JAVASCRIPT = re.compile(
    rf"^[ \t]*(?:(?:{_JAVASCRIPT_WORD}\b[ \t]*)+\*?[ \t]*(#?[\w$]+)"
    r"|\*?[ \t]*(#?[\w$]+)[ \t]*(?=[(:?;<!}]|=(?![=>])))",
    re.MULTILINE,
)
_PATTERNS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "javascript": _JAVASCRIPT,
        "python": re.compile(
            r"^[ \t]*(?:(?:async[ \t]+def|class|def|type)[ \t]+(\w+)"
            r"|(\w+)[ \t]*(?=:|=(?!=)))",
            re.MULTILINE,
        ),
        "rust": re.compile(
            r"^[ \t]*(?:pub(?:\([^)\n]*\))?[ \t]+)?"
            r'(?:(?:async|const|default|extern|unsafe|"\w*")[ \t]+)*'
            r"(?:const|enum|fn|macro_rules!|static(?:[ \t]+mut)?|struct|trait|type|union)"
            r"[ \t]+()(\w+)",
            re.MULTILINE,
        ),
        "tsx": _JAVASCRIPT,
        "typescript": _JAVASCRIPT,
    }
)
"""One definition a line, as formatters have it."""

_ANY = re.compile(
    r"(?:^[ \t]*|(?<=[>)\]}*&;{:.#!])[ \t]*|(?<=\w)[ \t]+)()([^\W\d]\w*)", re.MULTILINE
)
"""Other languages: what starts a line, or stands behind a word or a sign that no value follows."""


def may_define(text: str, language: str) -> frozenset[str]:
    """The names that stand in ``text`` as in a definition outside of functions, and some others."""
    found = _PATTERNS.get(language, _ANY).findall(text)
    return frozenset(sys.intern(one or other) for one, other in found)
