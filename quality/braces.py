"""Brace imbalance: how many more brackets stand open, or closed, after an edit than before.

A metric of Zed's pipeline:

    d(text) = |#{ - #}| + |#( - #)| + |#[ - #]|
    imbalance = max(0, d(actual) - d(original))

Brackets in strings and comments count as any other: an edit that adds both of a pair adds nothing.
"""

PAIRS = (("{", "}"), ("(", ")"), ("[", "]"))


def brace_imbalance(original: str, actual: str) -> int:
    """Brackets without a partner that the edit from ``original`` to ``actual`` adds; 0 or more."""
    return max(0, _num_unpaired(actual) - _num_unpaired(original))


def _num_unpaired(text: str) -> int:
    return sum(abs(text.count(opening) - text.count(closing)) for opening, closing in PAIRS)
