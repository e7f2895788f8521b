"""A quick look at a text: can it define a name at all? It spares parsing most files."""

_BEFORE = frozenset(b">)]}*&;{:.#!")
"""What may stand before the name in a definition, besides the start of a line and a word."""
_MAX_BLANKS = 64


def may_define(text: bytes, name: bytes) -> bool:
    """Whether ``name`` stands anywhere as in a definition: not behind ``(``, ``=`` or the like.

    Where the name is but used, the answer may be yes as well.
    """
    at = text.find(name)
    while at >= 0:
        before = text[max(0, at - _MAX_BLANKS) : at]
        stripped = before.rstrip(b" \t")
        last = stripped[-1:]
        if not last or last == b"\n" or last[0] in _BEFORE:
            return True
        if len(stripped) < len(before) and (last.isalnum() or last == b"_"):
            return True
        at = text.find(name, at + len(name))
    return False
