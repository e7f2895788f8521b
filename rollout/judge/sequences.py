"""Bounds that hold at every look at once: one may look as often as one likes, and stop at any.

The one-sided normal mixture of Howard, Ramdas, McAuliffe & Sekhon, "Time-uniform, nonparametric,
nonasymptotic confidence sequences" (2021), in its closed form, on the scale of information, which
is one over the variance of the estimate. Users who return add information without adding users, so
it is not their number that counts as time.
"""

import math


def half_width(variance: float, alpha: float, margin: float) -> float:
    """How far the truth may be on one side of an estimate of that variance.

    At all looks together it is farther with a probability of ``alpha`` at most. The bound is
    tightest where it is as wide as ``margin``, which must be chosen before the data are seen.
    """
    information, mixing = 1.0 / variance, _mixing(alpha, margin)
    reached = information + mixing
    log = math.log(math.sqrt(reached / mixing) / (2 * alpha) + 1)
    return math.sqrt(2 * reached * log) / information


def variance_for(width: float, alpha: float, margin: float) -> float:
    """The variance at which ``half_width`` is ``width``."""
    low, high = width**2 * 1e-9, width**2
    for _step in range(100):
        middle = math.sqrt(low * high)
        if half_width(middle, alpha, margin) < width:
            low = middle
        else:
            high = middle
    return low


def _mixing(alpha: float, margin: float) -> float:
    """The mixture's parameter: information at the tightest point, over a constant of ``alpha``."""
    ratio = _ratio(alpha)
    log = math.log(math.sqrt(1 + ratio) / (2 * alpha) + 1)
    return 2 * (1 + 1 / ratio) * log / margin**2 / ratio


def _ratio(alpha: float) -> float:
    log = 2 * math.log(1 / (2 * alpha))
    return log + math.log1p(log)
