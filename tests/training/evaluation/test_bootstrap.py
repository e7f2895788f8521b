"""The bootstrap: known spreads, clusters, pairs, and the same numbers for the same seed."""

import numpy as np
import pytest

from training.evaluation.bootstrap import (
    Array,
    BootstrapSettings,
    Sums,
    cluster_sums,
    intervals,
    resampled,
    resampled_difference,
)

SETTINGS = BootstrapSettings(num_resamples=2000, confidence=0.95, seed=1)


def _sums(values: Array, clusters: Array | None = None) -> Sums:
    column = values.reshape(-1, 1)
    numbers = np.arange(len(values)) if clusters is None else clusters.astype(np.int64)
    return cluster_sums(column, np.ones_like(column), numbers)


def _width(sums: Sums) -> float:
    (bounds,) = intervals(resampled(sums, SETTINGS), SETTINGS.confidence)
    assert bounds is not None
    return bounds[1] - bounds[0]


def test_the_mean_of_many_values_has_the_normal_interval() -> None:
    values = np.random.default_rng(0).normal(10.0, 2.0, size=2000)
    (bounds,) = intervals(resampled(_sums(values), SETTINGS), 0.95)
    assert bounds is not None
    # 1.96 standard errors to each side: 1.96 * 2 / sqrt(2000) = 0.0877.
    half = 1.96 * values.std() / np.sqrt(len(values))
    assert bounds[0] == pytest.approx(values.mean() - half, abs=0.01)
    assert bounds[1] == pytest.approx(values.mean() + half, abs=0.01)


def test_less_confidence_is_a_narrower_interval() -> None:
    drawn = resampled(_sums(np.arange(100, dtype=np.float64)), SETTINGS)
    (wide,), (narrow,) = intervals(drawn, 0.99), intervals(drawn, 0.5)
    assert wide is not None and narrow is not None
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_examples_that_hang_together_say_less() -> None:
    # Ten copies of each of 50 values: clustered, the interval is as wide as that of 50 examples.
    values = np.random.default_rng(0).normal(size=50)
    copies, clusters = np.repeat(values, 10), np.repeat(np.arange(50.0), 10)
    alone, together = _width(_sums(copies)), _width(_sums(copies, clusters))
    assert together == pytest.approx(_width(_sums(values)))
    assert together / alone == pytest.approx(np.sqrt(10), rel=0.15)


def test_sums_are_ratios_of_totals() -> None:
    sums = cluster_sums(np.array([[1.0], [3.0]]), np.array([[2.0], [8.0]]), np.array([5, 5]))
    assert sums.ratios == pytest.approx([0.4])
    assert len(sums.numerators) == 1


def test_what_nothing_counts_in_is_no_number_and_has_no_interval() -> None:
    nothing = np.zeros((3, 1))
    sums = cluster_sums(nothing, nothing, np.arange(3))
    assert np.isnan(sums.ratios).all()
    assert intervals(resampled(sums, SETTINGS), 0.95) == [None]


def test_a_value_that_never_varies_is_a_point() -> None:
    assert intervals(resampled(_sums(np.ones(20)), SETTINGS), 0.95) == [(1.0, 1.0)]


def test_pairs_are_drawn_together() -> None:
    # One run is the other plus 1: the difference is 1 in every resample, however wide each is.
    values = np.random.default_rng(0).normal(0.0, 50.0, size=100)
    first, second = _sums(values), _sums(values + 1)
    assert resampled_difference(first, second, SETTINGS) == pytest.approx(np.ones((2000, 1)))
    assert _width(first) > 10


def test_the_seed_decides() -> None:
    sums = _sums(np.arange(30, dtype=np.float64))
    other = BootstrapSettings(num_resamples=2000, seed=2)
    assert (resampled(sums, SETTINGS) == resampled(sums, SETTINGS)).all()
    assert (resampled(sums, SETTINGS) != resampled(sums, other)).any()


def test_resamples_in_blocks_are_all_there() -> None:
    # More clusters than are drawn at once in all resamples together.
    sums = _sums(np.arange(50_000, dtype=np.float64))
    assert resampled(sums, BootstrapSettings(num_resamples=101)).shape == (101, 1)
