"""Figures: what each counts, and that several predictions of an example are one say."""

import pytest

from tests.training.evaluation.examples import AFTER, BEFORE, example, prediction, scored
from training.evaluation.figures import FIGURES, HEADLINES, find_figure
from training.evaluation.parts import NOTHING, Metrics


def _metrics(after: str | None, expected: str) -> Metrics:
    return scored(example(prediction(after), expected=(expected,))).scores[0].metrics


SHOWN = _metrics(AFTER, AFTER)
MISSED = _metrics(BEFORE, AFTER)
QUIET = _metrics(BEFORE, BEFORE)
NEEDLESS = _metrics(AFTER, BEFORE)
UNREADABLE = _metrics(None, AFTER)


@pytest.mark.parametrize(
    ("name", "metrics", "part"),
    [
        ("show_rate", SHOWN, (1, 1)),
        ("show_rate", MISSED, (0, 1)),
        ("show_rate", QUIET, NOTHING),
        ("show_rate", NEEDLESS, NOTHING),
        ("quiet_rate", QUIET, (1, 1)),
        ("quiet_rate", NEEDLESS, (0, 1)),
        ("quiet_rate", SHOWN, NOTHING),
        ("quiet_rate", MISSED, NOTHING),
        ("delta_chr_f", QUIET, (100, 1)),
        ("delta_chr_f_wanted", QUIET, NOTHING),
        ("delta_chr_f_wanted", MISSED, (0, 1)),
        ("delta_chr_f_given", MISSED, NOTHING),
        ("exact_match_given", NEEDLESS, (0, 1)),
        ("exact_lines_precision", NEEDLESS, (0, 2)),
        ("exact_lines_recall", MISSED, (0, 2)),
        ("exact_lines_f1", SHOWN, (4, 4)),
        ("exact_lines_f1", QUIET, NOTHING),
        ("kept_rate", MISSED, NOTHING),
        ("recall_rate", MISSED, (0, 1)),
        ("reversal_ratio", MISSED, (0, 1)),
        ("unusable_rate", UNREADABLE, (1, 1)),
        ("unusable_rate", MISSED, (0, 1)),
        ("syntax_broken_rate", SHOWN, (0, 1)),
        ("syntax_broken_rate", MISSED, NOTHING),
        ("cursor_exact_rate", SHOWN, NOTHING),
        ("seconds", SHOWN, (0.25, 1)),
        ("seconds", {"seconds": None}, NOTHING),
    ],
)
def test_parts(name: str, metrics: Metrics, part: tuple[float, float]) -> None:
    assert find_figure(name).part(metrics) == part


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("delta_chr_f", (50, 1)),
        ("delta_chr_f_given", (100, 1)),  # the other one gives no edit
        ("exact_lines_recall", (1, 2)),  # half of 2 of 4
        ("exact_lines_precision", (1, 1)),
    ],
)
def test_several_predictions_are_averaged(name: str, part: tuple[float, float]) -> None:
    assert find_figure(name).part_of_example([SHOWN, MISSED]) == part


def test_syntax_errors_are_compared_with_those_before() -> None:
    worse = {"given": 1.0, "syntax_errors_before": 1.0, "syntax_errors_after": 3.0}
    assert find_figure("syntax_errors_added").part(worse) == (2, 1)
    assert find_figure("syntax_broken_rate").part(worse) == (1, 1)
    mended = worse | {"syntax_errors_after": 0.0}
    assert find_figure("syntax_errors_added").part(mended) == (-1, 1)
    assert find_figure("syntax_broken_rate").part(mended) == (0, 1)
    assert find_figure("syntax_broken_rate").part(worse | {"syntax_errors_after": None}) == NOTHING


def test_names_are_unique_and_headlines_are_figures() -> None:
    names = [figure.name for figure in FIGURES]
    assert len(set(names)) == len(names)
    assert set(HEADLINES) <= set(names)
    assert len({figure.label for figure in FIGURES}) == len(names)
