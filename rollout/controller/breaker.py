"""Takes an arm back that is plainly broken, within minutes and without statistics."""

from dataclasses import dataclass

from rollout.health.counts import Counts


@dataclass(frozen=True, slots=True)
class Limits:
    """``minutes`` are looked at together, once there were ``min_requests``.

    A tenth of the answers being slow is the same as their 90th percentile being over the objective.
    """

    minutes: int = 5
    min_requests: int = 100
    max_failed: float = 0.05
    max_slow: float = 0.10
    times_control: float = 2.0
    """What is as bad for the control is not the treatment's fault."""


def trouble(treatment: Counts, control: Counts, limits: Limits) -> str | None:
    """Why the treatment is to be taken back at once, in words; None if it is not."""
    if treatment.requests < limits.min_requests:
        return None
    for what, number, of_control, most in (
        ("failed", treatment.failed, control.failed, limits.max_failed),
        ("were slow", treatment.slow, control.slow, limits.max_slow),
    ):
        share = number / treatment.requests
        other = of_control / control.requests if control.requests else 0.0
        if share > most and share > limits.times_control * other:
            return (
                f"{share:.0%} of {treatment.requests:,} requests {what} within {limits.minutes}"
                f" minutes, {other:.0%} of the control's; {most:.0%} at most"
            )
    return None
