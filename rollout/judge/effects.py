"""How much better or worse a treatment is than its control, and how sure that is.

A metric is a ratio of sums over users. Its variance comes by the delta method, and what users were
like before the experiment is taken out of the difference (CUPED: Deng, Xu, Kohavi & Walker 2013).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from rollout.judge.moments import Floats, Moments

MAX_RELATIVE_VARIANCE = 0.05
"""Of the mean of a denominator, up to which the delta method may be believed."""

MAX_EXPLAINED = 0.999
"""Of the variance, by history: nobody repeats themselves entirely."""


class Scale(StrEnum):
    """How two ratios are compared."""

    ABSOLUTE = "absolute"
    """By their difference, in points."""
    RELATIVE = "relative"
    """By the logarithm of their quotient."""


@dataclass(frozen=True, slots=True)
class Effect:
    """``change`` is treatment against control on the metric's scale, ``variance`` its variance.

    ``explained`` is the share of the variance that the users' history has taken away.
    """

    control: float
    treatment: float
    change: float
    variance: float
    explained: float


def effect_of(control: Moments, treatment: Moments, scale: Scale) -> Effect | None:
    """None while there is too little to tell: fewer than two users in an arm, a ratio of 0 where
    quotients are compared, or a user who weighs as much as hundreds of others.
    """
    arms = (control, treatment)
    if any(arm.num_users < 2 or not _is_steady(arm, 1) for arm in arms):
        return None
    if scale is Scale.RELATIVE and any(arm.sums[0] <= 0 for arm in arms):
        return None
    now = [_gradient(arm.means[:2], scale) for arm in arms]
    covariances = [arm.covariance_of_means for arm in arms]
    change = _change(arms, 0, scale)
    variance = sum(
        max(_between(cov[:2, :2], g, g), _floor(arm, scale))
        for arm, cov, g in zip(arms, covariances, now, strict=True)
    )
    gain, explained = 0.0, 0.0
    if all(_has_history(arm, scale) for arm in arms):
        before = [_gradient(arm.means[2:], scale) for arm in arms]
        pairs = list(zip(covariances, now, before, strict=True))
        variance_before = sum(_between(cov[2:, 2:], g, g) for cov, _now, g in pairs)
        shared = sum(_between(cov[:2, 2:], g, g0) for cov, g, g0 in pairs)
        if variance_before > 0:
            gain = shared / variance_before * _change(arms, 2, scale)
            explained = min(shared**2 / variance_before / variance, MAX_EXPLAINED)
    return Effect(
        control=float(control.sums[0] / control.sums[1]),
        treatment=float(treatment.sums[0] / treatment.sums[1]),
        change=change - gain,
        variance=variance * (1.0 - explained),
        explained=explained,
    )


def _change(arms: tuple[Moments, Moments], at: int, scale: Scale) -> float:
    control, treatment = (float(arm.sums[at] / arm.sums[at + 1]) for arm in arms)
    if scale is Scale.RELATIVE:
        return float(np.log(treatment / control))
    return treatment - control


def _gradient(means: Floats, scale: Scale) -> Floats:
    """Of the ratio, or its logarithm, by the means of numerator and denominator."""
    x, n = means
    if scale is Scale.RELATIVE:
        return np.array([1.0 / x, -1.0 / n])
    return np.array([1.0 / n, -x / n**2])


def _between(covariance: Floats, one: Floats, other: Floats) -> float:
    return float(one @ covariance @ other)


def _floor(arm: Moments, scale: Scale) -> float:
    """As if one more had happened, once, to one user: zero of a thousand is not zero for sure."""
    return float((arm.sums[1] if scale is Scale.ABSOLUTE else arm.sums[0]) ** -2)


def _has_history(arm: Moments, scale: Scale) -> bool:
    return _is_steady(arm, 3) and (scale is Scale.ABSOLUTE or bool(arm.sums[2] > 0))


def _is_steady(arm: Moments, at: int) -> bool:
    """Whether a denominator is there, and sure enough."""
    if arm.sums[at] <= 0:
        return False
    return bool(arm.covariance_of_means[at, at] / arm.means[at] ** 2 < MAX_RELATIVE_VARIANCE)
