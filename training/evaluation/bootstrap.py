"""Intervals by the bootstrap: how far figures would move with other examples of the same kind.

Clusters of examples that hang together are drawn anew, with replacement, as many as there are, and
every figure is taken from what was drawn. The interval holds the middle share of these values (the
percentile method). Where nothing varies it is a point: a rate of 1 from few examples looks surer
than it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

MAX_DRAWS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class BootstrapSettings:
    """``confidence`` is the share of resamples inside of an interval."""

    num_resamples: int = 2000
    confidence: float = 0.95
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Sums:
    """What each cluster adds to both sums of each figure: clusters by figures."""

    numerators: Array
    denominators: Array

    @property
    def ratios(self) -> Array:
        """Each figure over all clusters; not a number where nothing is counted."""
        return _ratios(self.numerators.sum(axis=0), self.denominators.sum(axis=0))


def cluster_sums(numerators: Array, denominators: Array, clusters: npt.NDArray[np.int64]) -> Sums:
    """Sum rows of examples by cluster; ``clusters`` holds any numbers, one for each row."""
    names, places = np.unique(clusters, return_inverse=True)
    shape = (len(names), numerators.shape[1])
    summed = [np.zeros(shape), np.zeros(shape)]
    for total, values in zip(summed, (numerators, denominators), strict=True):
        np.add.at(total, places, values)
    return Sums(*summed)


def resampled(sums: Sums, settings: BootstrapSettings) -> Array:
    """Every figure in every resample: resamples by figures."""
    return np.concatenate(
        [
            _ratios(weights @ sums.numerators, weights @ sums.denominators)
            for weights in _weights(len(sums.numerators), settings)
        ]
    )


def resampled_difference(first: Sums, second: Sums, settings: BootstrapSettings) -> Array:
    """``second - first`` in every resample, both on the same clusters, in the same order."""
    return np.concatenate(
        [
            _ratios(weights @ second.numerators, weights @ second.denominators)
            - _ratios(weights @ first.numerators, weights @ first.denominators)
            for weights in _weights(len(first.numerators), settings)
        ]
    )


def intervals(resamples: Array, confidence: float) -> list[tuple[float, float] | None]:
    """For each figure, from the resamples in which it is a number; None without any."""
    found: list[tuple[float, float] | None] = []
    outside = (1 - confidence) / 2
    for values in resamples.T:
        finite = values[np.isfinite(values)]
        if not finite.size:
            found.append(None)
            continue
        low, high = np.quantile(finite, (outside, 1 - outside))
        found.append((float(low), float(high)))
    return found


def _weights(num_clusters: int, settings: BootstrapSettings) -> Iterator[Array]:
    """How often each cluster is drawn, for some resamples at a time: resamples by clusters."""
    random = np.random.default_rng(settings.seed)
    at_once = max(1, MAX_DRAWS_AT_ONCE // num_clusters)
    for start in range(0, settings.num_resamples, at_once):
        count = min(at_once, settings.num_resamples - start)
        weights = np.empty((count, num_clusters))
        for row in weights:
            drawn = random.integers(num_clusters, size=num_clusters)
            row[:] = np.bincount(drawn, minlength=num_clusters)
        yield weights


def _ratios(numerators: Array, denominators: Array) -> Array:
    found = np.full(numerators.shape, np.nan)
    np.divide(numerators, denominators, out=found, where=denominators > 0)
    return found
