"""Bounds that hold at all looks together."""

import math

import numpy as np
import pytest

from rollout.judge.sequences import half_width, variance_for


def walks(num_walks: int, num_looks: int, seed: int) -> np.ndarray:
    """Estimates of nothing at growing information: the sum of noise, over its variance."""
    noise = np.random.default_rng(seed).standard_normal((num_walks, num_looks))
    return np.asarray(noise.cumsum(axis=1) / np.arange(1, num_looks + 1))


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_the_truth_is_outside_at_any_of_many_looks_as_rarely_as_said(alpha: float) -> None:
    estimates = walks(4000, 400, seed=1)
    widths = np.array([half_width(1 / n, alpha, margin=0.3) for n in range(1, 401)])
    share = np.mean((estimates > widths).any(axis=1))
    assert share < alpha + 3 * math.sqrt(alpha * (1 - alpha) / 4000)
    assert share > alpha / 6  # nor is it wider than it has to be
    fixed = np.mean((estimates > 1.645 / np.sqrt(np.arange(1, 401))).any(axis=1))
    assert fixed > 0.3


def test_a_margin_makes_it_tightest_where_it_is_as_wide() -> None:
    margin, alpha = 0.02, 0.01
    at = variance_for(margin, alpha, margin)
    assert half_width(at, alpha, margin) == pytest.approx(margin)
    in_units = {factor: half_width(at * factor, alpha, margin) / math.sqrt(at * factor)
                for factor in (0.02, 0.3, 1.0, 3.0, 50.0)}  # fmt: skip
    assert min(in_units, key=lambda factor: in_units[factor]) in (0.3, 1.0)
    assert in_units[1.0] < 1.05 * min(in_units.values())


@pytest.mark.parametrize("width", [0.001, 0.02, 0.3])
def test_the_variance_for_a_width(width: float) -> None:
    assert half_width(variance_for(width, 0.01, 0.02), 0.01, 0.02) == pytest.approx(width)


def test_less_certainty_is_narrower() -> None:
    sure, surer = half_width(1e-4, 0.05, 0.02), half_width(1e-4, 0.01, 0.02)
    assert sure < surer < half_width(2e-4, 0.01, 0.02)
