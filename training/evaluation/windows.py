"""The part of several texts in which they differ, cut so that metrics come out the same.

Most of an excerpt is equal in all its versions. What deltaChrF and kept rate measure depends on
what differs and on little around it: the units of code next to a change, and the 5 characters
beside it with an n-gram in it. Cuts lie between a newline and another character, where no unit and
no run of whitespace goes across, with 5 characters that are no whitespace between cut and change.
"""

from collections.abc import Sequence

from quality.common_subsequence import common_ends
from quality.delta_chr_f import WINDOW_CONTEXT_CHARS


def common_window(texts: Sequence[str]) -> list[str]:
    """The texts without what all of them begin and end with, but for a margin."""
    first = texts[0]
    ends = [common_ends(first, text) for text in texts[1:]]
    start = _cut_above(first, min((prefix for prefix, _ in ends), default=0))
    num_below = _num_below(first, min((suffix for _, suffix in ends), default=0))
    return [text[start : len(text) - num_below] for text in texts]


def _cut_above(text: str, limit: int) -> int:
    """The last cut with a margin up to ``limit``; 0 if there is none."""
    cut = limit
    while (cut := text.rfind("\n", 0, max(0, cut - 1)) + 1) > 0:
        if text[cut] not in "\r\n" and _has_margin(text[cut:limit]):
            return cut
    return 0


def _num_below(text: str, num_common: int) -> int:
    """How much lies below the first cut with a margin after what differs."""
    limit = len(text) - num_common
    cut = limit
    while newline := text.find("\n", cut) + 1:
        cut = newline
        if cut == len(text):
            break
        if text[cut] not in "\r\n" and _has_margin(text[limit:cut]):
            return len(text) - cut
    return 0


def _has_margin(text: str) -> bool:
    return sum(1 for char in text if not char.isspace()) >= WINDOW_CONTEXT_CHARS
