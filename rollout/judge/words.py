"""Findings as sentences that an operator understands."""

import math

from rollout.judge.effects import Scale
from rollout.judge.guardrails import Finding, Standing
from rollout.judge.metrics import Metric

_NAMES = {
    Metric.KEPT_RATE: "kept rate",
    Metric.ACCEPTANCE_RATE: "acceptance rate",
    Metric.SLOW_RATE: "share of slow answers",
    Metric.FAILURE_RATE: "share of failed requests",
    Metric.EMPTY_RATE: "share of empty answers",
    Metric.REVERSAL_RATIO: "reversal ratio",
    Metric.KEPT_PER_HOUR: "bytes kept per active hour",
}


def describe(finding: Finding) -> str:
    """One look at a guardrail: its values, how sure they are, and what is missing."""
    name = _NAMES[finding.guardrail.metric]
    effect = finding.effect
    if effect is None:
        return f"{name}: too little was measured yet, or of too few users"
    values = f"{_value(finding, effect.treatment)} against {_value(finding, effect.control)}"
    allowed = _difference(finding, -finding.guardrail.room)
    match finding.standing:
        case Standing.HARMED:
            return f"{name} is worse: {values}, {_difference(finding, finding.upper)} at best"
        case Standing.SAFE:
            lower = _difference(finding, finding.lower)
            return f"{name} is safe: {values}, {lower} at worst where {allowed} is allowed"
        case _:
            lower = _difference(finding, finding.lower)
            missing = _missing(finding)
            return (
                f"{name} is not safe yet: {values}, {lower} at worst, {allowed} allowed; {missing}"
            )


def _missing(finding: Finding) -> str:
    if finding.missing_users is None:
        return "as it stands, no number of users would do"
    return f"about {finding.missing_users:,} more users in each arm"


def _value(finding: Finding, value: float) -> str:
    return f"{value:,.0f}" if finding.guardrail.scale is Scale.RELATIVE else f"{value:.1%}"


def _difference(finding: Finding, gain: float) -> str:
    if finding.guardrail.scale is Scale.RELATIVE:
        return f"{math.expm1(gain):+.1%}"
    return f"{100 * gain:+.1f} points"
