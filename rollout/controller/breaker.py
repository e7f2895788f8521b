"""Takes an arm back that is plainly broken, within minutes and without statistics."""

import math
from dataclasses import dataclass

from rollout.health.counts import Counts


@dataclass(frozen=True, slots=True)
class Limits:
    """``minutes`` are looked at together, once ``min_users`` have asked, each once a minute."""

    minutes: int = 5
    min_users: int = 100
    max_failed: float = 0.05
    max_slow: float = 0.10
    times_control: float = 2.0
    """What is as bad for the control is not the treatment's fault."""
    min_z: float = 4.0
    """Standard deviations apart, so that it is no chance either, however often it is asked."""


def trouble(treatment: Counts, control: Counts, limits: Limits) -> str | None:
    """Why the treatment is to be taken back at once, in words; None if it is not."""
    if treatment.users < limits.min_users:
        return None
    for what, number, of_control, most in (
        ("failed", treatment.failed, control.failed, limits.max_failed),
        ("were slow", treatment.slow, control.slow, limits.max_slow),
    ):
        share = number / treatment.users
        other = of_control / control.users if control.users else 0.0
        is_worse = share > limits.times_control * other and (
            not control.users
            or _z(treatment.users, number, control.users, of_control) > limits.min_z
        )
        if share > most and is_worse:
            return (
                f"most requests {what} for {share:.0%} of {treatment.users:,} users a minute,"
                f" for {other:.0%} of the control's; {most:.0%} at most"
            )
    return None


def _z(num_one: int, bad_one: int, num_other: int, bad_other: int) -> float:
    """How many standard deviations two shares are apart, if they were the same (pooled)."""
    both = (bad_one + bad_other) / (num_one + num_other)
    variance = both * (1 - both) * (1 / num_one + 1 / num_other)
    return (bad_one / num_one - bad_other / num_other) / math.sqrt(variance) if variance else 0.0
