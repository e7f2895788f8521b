"""The two judges that the real one is compared with: what dashboards usually do, at every look.

Both test each guardrail at 5 %, one-sided, as if it were the only one and looked at once.
"""

from dataclasses import replace
from statistics import NormalDist

import numpy as np

from rollout.judge.effects import Scale
from rollout.judge.guardrails import Guardrail
from rollout.judge.judgement import Demands, Evidence, Judgement, judge
from rollout.judge.metrics import ArmMoments, Metric
from rollout.judge.moments import Moments

ALPHA = 0.05
BYTES_OF_ONE = 30.0
"""Of a prediction, where bytes are counted: see ``Population.bytes_shown``."""


def z_test_of_users(evidence: Evidence, demands: Demands) -> Judgement:
    """The right variance, and the wrong bound."""
    return judge(evidence, demands, _fixed_width)


def z_test_of_predictions(evidence: Evidence, demands: Demands) -> Judgement:
    """Every prediction as if it came from another user. Looks at shares only."""
    shares = [each for each in demands.guardrails if each.scale is Scale.ABSOLUTE]
    alone = replace(
        evidence,
        control=_as_predictions(evidence.control, shares),
        treatment=_as_predictions(evidence.treatment, shares),
    )
    return judge(alone, replace(demands, guardrails=shares), _fixed_width)


def _fixed_width(variance: float, _alpha: float, _margin: float) -> float:
    return float(NormalDist().inv_cdf(1 - ALPHA) * variance**0.5)


def _as_predictions(arm: ArmMoments, guardrails: list[Guardrail]) -> dict[Metric, Moments]:
    return {each.metric: _moments(arm[each.metric], each.metric) for each in guardrails}


def _moments(moments: Moments, metric: Metric) -> Moments:
    """As many users as predictions, each with one of them."""
    x, n = moments.sums[:2] / (BYTES_OF_ONE if metric is Metric.KEPT_RATE else 1.0)
    products = np.zeros((4, 4))
    products[:2, :2] = [[x, x], [x, n]]
    return Moments(round(n), np.array([x, n, 0.0, 0.0]), products)
