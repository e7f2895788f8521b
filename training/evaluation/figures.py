"""The figures of an evaluation: what each is a ratio of, and which way is better.

A figure is the sum of one number over examples divided by the sum of another: a mean (of a value,
over how many have one), a share (of the examples in question), or a rate of counts that are pooled.
Rates of what a prediction does wrong count edits that were given: silence does nothing wrong, and
would hide what the rest does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from training.evaluation.parts import (
    NOTHING,
    Metrics,
    Part,
    PartOf,
    added,
    mean,
    pooled,
    share_with_more,
    share_without,
)

Better = Literal["higher", "lower", "neither"]
Kind = Literal["score", "rate", "ratio", "number", "seconds"]
HIGHER: Better = "higher"
LOWER: Better = "lower"
NEITHER: Better = "neither"


@dataclass(frozen=True, slots=True)
class Figure:
    """``kind``: a score from 0 to 100, a rate from 0 to 1, a small ratio, a number, or seconds.

    Where it ``is_pooled``, examples weigh by their counts; otherwise all that have the value weigh
    the same, whatever their number of predictions.
    """

    name: str
    label: str
    better: Better
    kind: Kind
    part: PartOf
    is_pooled: bool = False

    def part_of_example(self, predictions: Iterable[Metrics]) -> Part:
        """Several predictions of one example are averaged."""
        parts = [self.part(metrics) for metrics in predictions]
        numerator, denominator = sum(top for top, _ in parts), sum(below for _, below in parts)
        if self.is_pooled:
            return numerator / len(parts), denominator / len(parts)
        return (numerator / denominator, 1.0) if denominator else NOTHING


TP = "exact_lines_true_positives"
FP = "exact_lines_false_positives"
FN = "exact_lines_false_negatives"
AFTER, BEFORE = "syntax_errors_after", "syntax_errors_before"

_PRECISION = pooled({TP: 1}, {TP: 1, FP: 1})
_RECALL = pooled({TP: 1}, {TP: 1, FN: 1})
_F1 = pooled({TP: 2}, {TP: 2, FP: 1, FN: 1})
_QUIET = share_without("given", unless="wanted")
_BROKEN = share_with_more(AFTER, BEFORE, "given")

FIGURES = (
    Figure("delta_chr_f", "deltaChrF", HIGHER, "score", mean("delta_chr_f")),
    Figure(
        "delta_chr_f_wanted",
        "deltaChrF, edit wanted",
        HIGHER,
        "score",
        mean("delta_chr_f", "wanted"),
    ),
    Figure(
        "delta_chr_f_given", "deltaChrF, edit given", HIGHER, "score", mean("delta_chr_f", "given")
    ),
    Figure(
        "delta_chr_f_precision",
        "deltaChrF precision",
        HIGHER,
        "rate",
        mean("delta_chr_f_precision"),
    ),
    Figure("delta_chr_f_recall", "deltaChrF recall", HIGHER, "rate", mean("delta_chr_f_recall")),
    Figure("show_rate", "show rate", HIGHER, "rate", mean("given", "wanted")),
    Figure("quiet_rate", "quiet rate", HIGHER, "rate", _QUIET),
    Figure("exact_match", "exact match", HIGHER, "rate", mean("exact_match")),
    Figure(
        "exact_match_wanted",
        "exact match, edit wanted",
        HIGHER,
        "rate",
        mean("exact_match", "wanted"),
    ),
    Figure(
        "exact_match_given", "exact match, edit given", HIGHER, "rate", mean("exact_match", "given")
    ),
    Figure("exact_lines_f1", "exact lines F1", HIGHER, "rate", _F1, is_pooled=True),
    Figure(
        "exact_lines_precision", "exact lines precision", HIGHER, "rate", _PRECISION, is_pooled=True
    ),
    Figure("exact_lines_recall", "exact lines recall", HIGHER, "rate", _RECALL, is_pooled=True),
    Figure("kept_rate", "kept rate, edit given", HIGHER, "rate", mean("kept_rate", "given")),
    Figure(
        "recall_rate", "recall rate, edit wanted", HIGHER, "rate", mean("recall_rate", "wanted")
    ),
    Figure("reversal_ratio", "reversal ratio", LOWER, "ratio", mean("reversal_ratio")),
    Figure(
        "reversal_ratio_given",
        "reversal ratio, edit given",
        LOWER,
        "ratio",
        mean("reversal_ratio", "given"),
    ),
    Figure("syntax_broken_rate", "syntax broken", LOWER, "rate", _BROKEN),
    Figure(
        "syntax_errors_added", "syntax errors added", LOWER, "number", added(AFTER, BEFORE, "given")
    ),
    Figure("brace_imbalance", "brace imbalance", LOWER, "number", mean("brace_imbalance", "given")),
    Figure("wrong_region_rate", "wrong region", LOWER, "rate", mean("wrong_region", "given")),
    Figure(
        "isolated_whitespace_rate",
        "isolated whitespace",
        LOWER,
        "rate",
        mean("isolated_whitespace", "given"),
    ),
    Figure("unusable_rate", "no usable answer", LOWER, "rate", share_without("usable")),
    Figure("cursor_exact_rate", "cursor exact", HIGHER, "rate", mean("cursor_exact")),
    Figure("cursor_distance", "cursor distance, bytes", LOWER, "number", mean("cursor_distance")),
    Figure(
        "inserted_tokens",
        "inserted code tokens",
        NEITHER,
        "number",
        mean("inserted_tokens", "given"),
    ),
    Figure(
        "deleted_tokens", "deleted code tokens", NEITHER, "number", mean("deleted_tokens", "given")
    ),
    Figure("seconds", "seconds", LOWER, "seconds", mean("seconds")),
    Figure("num_tokens", "tokens of the answer", LOWER, "number", mean("num_tokens")),
)

HEADLINES = (
    "delta_chr_f",
    "delta_chr_f_wanted",
    "show_rate",
    "quiet_rate",
    "exact_match_wanted",
    "exact_lines_f1",
    "reversal_ratio",
)
"""Shown for every slice."""


def find_figure(name: str) -> Figure:
    """The figure of that name, which has to be one."""
    return next(figure for figure in FIGURES if figure.name == name)
