"""The summary: values with intervals, slices largest first, nothing for what says nothing."""

import pytest

from tests.training.evaluation.examples import metric_row, table
from training.evaluation.bootstrap import BootstrapSettings
from training.evaluation.summary import MAX_SLICES, estimates, num_left_out, slices

SETTINGS = BootstrapSettings(num_resamples=200)


def test_estimates() -> None:
    rows = [
        metric_row(str(number), {"delta_chr_f": 100.0 * (number % 2), "wanted": 1.0, "given": 0.0})
        for number in range(100)
    ]
    found = estimates(table(rows), SETTINGS)
    score = found["delta_chr_f"]
    assert (score.value, score.num_examples) == (50.0, 100)
    assert score.interval is not None and 35 < score.interval[0] < 50 < score.interval[1] < 65
    assert (found["show_rate"].value, found["show_rate"].interval) == (0.0, (0.0, 0.0))
    assert "quiet_rate" not in found and "seconds" not in found


def test_pooled_figures_weigh_by_their_counts() -> None:
    # 1 of 1 line and 0 of 9 lines: 1 of 10, not the mean of the rates.
    rows = [
        metric_row("a", {"exact_lines_true_positives": 1.0}),
        metric_row("b", {"exact_lines_false_negatives": 9.0}),
    ]
    assert estimates(table(rows), SETTINGS)["exact_lines_recall"].value == pytest.approx(0.1)


def test_nothing_is_no_estimate() -> None:
    assert estimates(table([]), SETTINGS) == {}


def test_slices_are_by_size_and_name() -> None:
    languages = ["go", "python", "python", "rust"]
    rows = [
        metric_row(str(number), {"delta_chr_f": float(number)}, language=language, kind="fim")
        for number, language in enumerate(languages)
    ]
    found = slices(table(rows), SETTINGS)
    assert list(found["language"]) == ["python", "go", "rust"]
    assert found["language"]["python"].figures["delta_chr_f"].value == 1.5
    assert found["kind"]["fim"].num_examples == 4
    assert list(found["repository"]) == ["unknown"]


def test_many_slices_are_counted() -> None:
    rows = [metric_row(str(number), {}, language=str(number)) for number in range(MAX_SLICES + 3)]
    found = table(rows)
    assert len(slices(found, SETTINGS)["language"]) == MAX_SLICES
    assert num_left_out(found) == {"language": 3}
