"""deltaChrF, 0 to 100: how alike the character n-grams are that two edits of one text change.

The training metric of Zed's pipeline. For each order n = 1..6:

    delta_e[g] = count(g, expected) - count(g, original)
    delta_a[g] = count(g, actual)   - count(g, original)

A positive delta counts as g, a negative one as a distinct token "not g", zeros vanish; with the
multisets X of the expected and Y of the actual edit

    TP = sum min(X, Y)      FP = sum (Y - X)+      FN = sum (X - Y)+
    P_n = TP / (TP + FP)    R_n = TP / (TP + FN)   0 where undefined

P_n = R_n = 1 where no changed window holds an n-gram of that order. P and R are the means over the
six orders, score = 100 (1 + b^2) P R / (b^2 P + R) with b = 0.5: precision weighs more. Runs of
spaces collapse to one space and runs of newlines to one newline before anything is counted.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from quality.common_subsequence import common_ends

MAX_ORDER = 6
BETA = 0.5
WINDOW_CONTEXT_CHARS = MAX_ORDER - 1

_SPACES = re.compile(r"[^\S\n]+")
_NEWLINES = re.compile(r"\n+")


@dataclass(frozen=True, slots=True)
class DeltaChrF:
    """Counts are sums over the orders, precision and recall means over them (0 to 1)."""

    delta_chr_f: float
    true_positives: int
    false_positives: int
    false_negatives: int
    precision: float
    recall: float
    beta: float = BETA


def delta_chr_f(original: str, expected: str | Sequence[str], actual: str) -> DeltaChrF:
    """Score ``actual`` against one expected text, or the best score against several.

    An empty sequence means that no edit is expected. Of equal scores the earliest is kept.
    """
    texts = [expected] if isinstance(expected, str) else list(expected) or [original]
    return max((_score(original, text, actual) for text in texts), key=lambda s: s.delta_chr_f)


def _score(original: str, expected: str, actual: str) -> DeltaChrF:
    base = _collapse_whitespace(original)
    expected_windows = _changed_windows(base, _collapse_whitespace(expected))
    actual_windows = _changed_windows(base, _collapse_whitespace(actual))
    longest = max(map(len, expected_windows + actual_windows))
    totals: Counter[str] = Counter()
    precision_sum = recall_sum = 0.0
    for order in range(1, MAX_ORDER + 1):
        if longest < order:
            precision_sum += 1.0
            recall_sum += 1.0
            continue
        expected_delta = _delta(expected_windows, order)
        actual_delta = _delta(actual_windows, order)
        matched = (expected_delta & actual_delta).total()
        given, wanted = actual_delta.total(), expected_delta.total()
        totals.update(tp=matched, fp=given - matched, fn=wanted - matched)
        precision_sum += matched / given if given else 0.0
        recall_sum += matched / wanted if wanted else 0.0
    precision, recall = precision_sum / MAX_ORDER, recall_sum / MAX_ORDER
    return DeltaChrF(
        delta_chr_f=_f_score(precision, recall),
        true_positives=totals["tp"],
        false_positives=totals["fp"],
        false_negatives=totals["fn"],
        precision=precision,
        recall=recall,
    )


def _f_score(precision: float, recall: float) -> float:
    if precision + recall == 0:
        return 0.0
    weight = BETA * BETA
    return 100.0 * (1 + weight) * precision * recall / (weight * precision + recall)


def _collapse_whitespace(text: str) -> str:
    return _NEWLINES.sub("\n", _SPACES.sub(" ", text))


def _changed_windows(old: str, new: str) -> tuple[str, str]:
    """What differs, and on each side the characters an n-gram across its edge can hold.

    Counting here or in the whole texts gives the same deltas. Equal texts have empty windows.
    """
    if old == new:
        return "", ""
    prefix, suffix = common_ends(old, new)
    start = max(0, prefix - WINDOW_CONTEXT_CHARS)
    after = max(0, suffix - WINDOW_CONTEXT_CHARS)
    return old[start : len(old) - after], new[start : len(new) - after]


def _delta(windows: tuple[str, str], order: int) -> Counter[tuple[str, bool]]:
    old, new = (_ngrams(text, order) for text in windows)
    delta = {(gram, True): count for gram, count in (new - old).items()}
    delta |= {(gram, False): count for gram, count in (old - new).items()}
    return Counter(delta)


def _ngrams(text: str, order: int) -> Counter[str]:
    return Counter(text[start : start + order] for start in range(len(text) - order + 1))
