"""Exact lines: which changed lines of the expected patch the actual patch holds, exactly.

The training metric of Zed's pipeline. A patch is the multiset of its raw lines that start with
``+`` or ``-``, prefix kept, file and position ignored; file headers, lines that start with
``---`` or ``+++``, are none of them. With X expected and Y actual:

    TP = sum min(X, Y)    FP = sum (Y - X)+    FN = sum (X - Y)+
    precision = TP / (TP + FP)    recall = TP / (TP + FN)    F1 = 2 P R / (P + R)

A rate is 0 where it is undefined.
"""

from collections import Counter
from dataclasses import dataclass

_FILE_HEADERS = ("---", "+++")


@dataclass(frozen=True, slots=True)
class ExactLines:
    """Counts of changed lines; add the counts of many predictions before taking rates."""

    true_positives: int
    false_positives: int
    false_negatives: int

    @property
    def precision(self) -> float:
        return _rate(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        return _rate(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float:
        return _rate(2 * self.precision * self.recall, self.precision + self.recall)


def exact_lines(expected_patch: str, actual_patch: str) -> ExactLines:
    """Compare two unified diffs line by line."""
    expected, actual = _changed_lines(expected_patch), _changed_lines(actual_patch)
    return ExactLines(
        true_positives=(expected & actual).total(),
        false_positives=(actual - expected).total(),
        false_negatives=(expected - actual).total(),
    )


def _changed_lines(patch: str) -> Counter[str]:
    return Counter(
        line
        for line in patch.split("\n")
        if line.startswith(("+", "-")) and not line.startswith(_FILE_HEADERS)
    )


def _rate(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
