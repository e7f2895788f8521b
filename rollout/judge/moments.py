"""Sums over users: all that the judge has to know of an arm, for one metric.

A user is a vector ``(x, n, x0, n0)``: numerator and denominator of the metric's ratio since the
user entered the experiment, and the same from before, where there is history (else zeros). Users
are independent of each other, their predictions are not: no smaller unit is ever counted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NUM_PARTS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """``sums`` [4] and ``products`` [4, 4] of the vectors of ``num_users`` users."""

    num_users: int
    sums: Floats
    products: Floats

    @classmethod
    def of(cls, vectors: Floats) -> "Moments":
        """Of one row for each user, [users, 4]."""
        return cls(len(vectors), vectors.sum(axis=0), vectors.T @ vectors)

    @classmethod
    def none(cls) -> "Moments":
        """Of nobody."""
        return cls(0, np.zeros(NUM_PARTS), np.zeros((NUM_PARTS, NUM_PARTS)))

    @property
    def means(self) -> Floats:
        return self.sums / self.num_users

    @property
    def covariance_of_means(self) -> Floats:
        """[4, 4], from the spread between users."""
        means = self.means
        spread = self.products - self.num_users * np.outer(means, means)
        return np.asarray(spread / ((self.num_users - 1) * self.num_users))
