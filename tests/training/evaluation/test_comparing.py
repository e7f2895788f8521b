"""Comparison: paired by example, with a verdict only where the interval leaves 0 out."""

import numpy as np
import pytest

from tests.training.evaluation.examples import metric_row, table
from training.errors import RunError
from training.evaluation.bootstrap import BootstrapSettings
from training.evaluation.comparing import Comparison, compare
from training.evaluation.rows import EvaluatedRow

SETTINGS = BootstrapSettings(num_resamples=500, seed=3)
EASE = np.random.default_rng(0).uniform(10, 80, size=200)


def _rows(gain: float, *, seconds: float = 1.0, skip: int = 0) -> list[EvaluatedRow]:
    return [
        metric_row(
            str(number),
            {"delta_chr_f": ease + gain * (number % 3), "seconds": seconds, "given": 1.0},
            language="go" if number % 2 else "python",
            session=f"s{number // 4}",
        )
        for number, ease in enumerate(EASE)
        if number >= skip
    ]


def _compare(run: list[EvaluatedRow], against: list[EvaluatedRow]) -> Comparison:
    return compare(table(run), table(against), SETTINGS, "session", ("new", "old"))


def test_a_small_gain_shows_though_the_intervals_of_each_run_overlap() -> None:
    found = _compare(_rows(0.5), _rows(0.0))
    change = found.figures["delta_chr_f"]
    assert change.difference == pytest.approx(0.5, abs=0.02)
    assert change.interval is not None and 0.3 < change.interval[0] < change.interval[1] < 0.7
    assert change.verdict == "better"
    assert (change.num_wins, change.num_ties, change.num_losses) == (133, 67, 0)
    assert change.run - change.against == pytest.approx(change.difference, abs=1e-5)
    assert (found.run, found.against) == ("new", "old")


def test_the_other_way_round_it_is_a_loss() -> None:
    change = _compare(_rows(0.0), _rows(0.5)).figures["delta_chr_f"]
    assert (change.verdict, change.num_wins, change.num_losses) == ("worse", 0, 133)


def test_less_time_is_better() -> None:
    change = _compare(_rows(0.0, seconds=0.5), _rows(0.0)).figures["seconds"]
    assert (change.difference, change.verdict, change.num_wins) == (-0.5, "better", 200)


def test_equal_runs_leave_everything_open() -> None:
    found = _compare(_rows(0.0), _rows(0.0))
    assert {change.verdict for change in found.figures.values()} == {"open"}
    assert found.figures["delta_chr_f"].interval == (0.0, 0.0)


def test_where_neither_way_is_better_it_is_only_different() -> None:
    rows = [metric_row(str(number), {"inserted_tokens": 1.0, "given": 1.0}) for number in range(9)]
    more = [metric_row(str(number), {"inserted_tokens": 5.0, "given": 1.0}) for number in range(9)]
    assert _compare(more, rows).figures["inserted_tokens"].verdict == "different"


def test_only_shared_examples_count_whatever_their_order() -> None:
    found = _compare(list(reversed(_rows(0.5, skip=50))), _rows(0.0)[:100])
    assert (found.num_examples, found.num_only_run, found.num_only_against) == (50, 100, 50)
    assert found.figures["delta_chr_f"].difference == pytest.approx(0.5, abs=0.05)


def test_slices() -> None:
    found = _compare(_rows(0.5), _rows(0.0))
    assert set(found.slices["language"]) == {"go", "python"}
    assert found.slices["language"]["go"].num_examples == 100
    assert found.slices["language"]["go"].figures["delta_chr_f"].verdict == "better"


def test_a_figure_that_one_run_lacks_is_left_out() -> None:
    silent = [metric_row(str(number), {"delta_chr_f": 1.0}) for number in range(200)]
    assert "seconds" not in _compare(_rows(0.0), silent).figures


def test_runs_over_other_examples_cannot_be_compared() -> None:
    with pytest.raises(RunError, match="no example in common"):
        _compare(_rows(0.0), [metric_row("other", {"delta_chr_f": 1.0})])
