"""What is measured of an arm: ratios of sums over users."""

from collections.abc import Mapping
from enum import StrEnum

from rollout.judge.moments import Moments


class Metric(StrEnum):
    """What is summed, over what, is said of each."""

    KEPT_RATE = "kept_rate"
    """Predicted bytes still there when settled, over predicted bytes."""
    ACCEPTANCE_RATE = "acceptance_rate"
    """Predictions accepted, at least in part, over predictions shown."""
    SLOW_RATE = "slow_rate"
    """Answers slower than the objective, over answers. One that the next keystroke came before
    counts if it was slow by then."""
    FAILURE_RATE = "failure_rate"
    """Requests that failed, ran out of time or were answered by another arm, over requests."""
    EMPTY_RATE = "empty_rate"
    """Answers without an edit, over answers in time."""
    REVERSAL_RATIO = "reversal_ratio"
    """Shares of edits that undo what the user just did, over edits."""
    KEPT_PER_HOUR = "kept_per_hour"
    """Bytes kept, over hours in which the user was active."""

    @property
    def is_gain(self) -> bool:
        """Whether more of it is better."""
        return self in (Metric.KEPT_RATE, Metric.ACCEPTANCE_RATE, Metric.KEPT_PER_HOUR)


ArmMoments = Mapping[Metric, Moments]
"""All that is known of an arm."""
