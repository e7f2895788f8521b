"""What must not get worse, by how much it may, and what one look at it says."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from rollout.judge.effects import Effect, Scale, effect_of
from rollout.judge.metrics import Metric
from rollout.judge.moments import Moments
from rollout.judge.sequences import half_width, variance_for


@dataclass(frozen=True, slots=True)
class Guardrail:
    """``margin`` is how much worse a treatment may be and still be promoted.

    In points, or as a share of the control's value where ``scale`` is relative. It also says where
    the bounds are to be tightest. Where it is not ``required``, it can only roll back.
    """

    metric: Metric
    margin: float
    scale: Scale = Scale.ABSOLUTE
    required: bool = True

    @property
    def room(self) -> float:
        """The margin on the scale on which effects are measured."""
        return self.margin if self.scale is Scale.ABSOLUTE else -math.log1p(-self.margin)


DEFAULT_GUARDRAILS = (
    Guardrail(Metric.KEPT_RATE, 0.02),
    Guardrail(Metric.ACCEPTANCE_RATE, 0.02),
    Guardrail(Metric.SLOW_RATE, 0.02),
    Guardrail(Metric.FAILURE_RATE, 0.005),
    Guardrail(Metric.EMPTY_RATE, 0.03),
    Guardrail(Metric.REVERSAL_RATIO, 0.01),
    Guardrail(Metric.KEPT_PER_HOUR, 0.15, Scale.RELATIVE),
)


class Standing(StrEnum):
    """What is known of a guardrail."""

    HARMED = "harmed"
    """The treatment is worse than the control."""
    SAFE = "safe"
    """If it is worse at all, then by less than the margin."""
    UNDECIDED = "undecided"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Finding:
    """One look at one guardrail. ``gain`` is how much better the treatment is, on its scale.

    It is at least ``lower`` and at most ``upper``, at all looks at once. ``missing_users``: how
    many more it would take in each arm to call it safe if ``gain`` stays; None if no number would.
    """

    guardrail: Guardrail
    standing: Standing
    effect: Effect | None = None
    gain: float = 0.0
    lower: float = 0.0
    upper: float = 0.0
    missing_users: int | None = None

    @property
    def is_harmed(self) -> bool:
        return self.standing is Standing.HARMED


@dataclass(frozen=True, slots=True)
class Alphas:
    """Chances of being wrong in a whole ramp, however many looks.

    ``rollback``: that an arm as good as its control is rolled back, by any of its guardrails.
    ``promotion``: that an arm worse by the margin, in any of them, is promoted.
    """

    rollback: float = 0.05
    promotion: float = 0.01


Bound = Callable[[float, float, float], float]
"""See ``half_width``."""


def look(
    guardrail: Guardrail,
    control: Moments,
    treatment: Moments,
    alphas: Alphas,
    num_guardrails: int,
    bound: Bound = half_width,
) -> Finding:
    """What the sums say of a guardrail, one of ``num_guardrails``.

    All of them have to be safe for a promotion, so each may have the whole chance of error there
    (Berger's intersection-union test); any may roll back, so that chance is shared out.
    """
    effect = effect_of(control, treatment, guardrail.scale)
    if effect is None:
        return Finding(guardrail, Standing.NO_DATA)
    gain = effect.change if guardrail.metric.is_gain else -effect.change
    down = bound(effect.variance, alphas.promotion, guardrail.room)
    up = bound(effect.variance, alphas.rollback / num_guardrails, guardrail.room)
    standing = Standing.UNDECIDED
    missing: int | None = 0
    if gain + up < 0:
        standing = Standing.HARMED
        missing = None
    elif gain - down > -guardrail.room:
        standing = Standing.SAFE
    else:
        num_users = min(control.num_users, treatment.num_users)
        missing = _missing_users(guardrail.room, gain, effect.variance, alphas, num_users)
    return Finding(guardrail, standing, effect, gain, gain - down, gain + up, missing)


def _missing_users(
    room: float, gain: float, variance: float, alphas: Alphas, num_users: int
) -> int | None:
    if gain + room <= 0:
        return None
    wanted = variance_for(gain + room, alphas.promotion, room)
    return max(1, round(num_users * (variance / wanted - 1)))
