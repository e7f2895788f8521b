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
    min_control: int = 20
    """Users of the control below which it tells nothing, as if there were none."""


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
        is_worse = control.users < limits.min_control or (
            share > limits.times_control * other
            and _z((treatment.users, number), (control.users, of_control), limits) > limits.min_z
        )
        if share > most and is_worse:
            return (
                f"most requests {what} for {share:.0%} of {treatment.users:,} users a minute,"
                f" for {other:.0%} of the control's; {most:.0%} at most"
            )
    return None


def _z(one: tuple[int, int], other: tuple[int, int], limits: Limits) -> float:
    """How many standard deviations two shares are apart, each of (users, those with trouble).

    The same user may be there in each of the minutes, and have the same trouble.
    """
    (num_one, bad_one), (num_other, bad_other) = one, other
    both = (bad_one + bad_other) / (num_one + num_other)
    variance = limits.minutes * both * (1 - both) * (1 / num_one + 1 / num_other)
    return (bad_one / num_one - bad_other / num_other) / math.sqrt(variance) if variance else 0.0
