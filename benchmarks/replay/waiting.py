"""How long answers take where many are never waited for.

A slow server looks fast if only its answers count: the next key supersedes what it is slow at. The
product-limit estimate (Kaplan and Meier, 1958) takes a superseded request for what it is, an answer
that would have taken at least so long.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MIN_WAITING = 5
"""What fewer have waited for is not known: one late answer would stand for many."""


@dataclass(frozen=True, slots=True)
class Wait:
    """``is_over``: the answer came after so many seconds; else nobody waited any longer."""

    seconds: float
    is_over: bool


def waiting_curve(waits: Sequence[Wait]) -> list[tuple[float, float]]:
    """Seconds, ascending, and the share of the answers that come within so many."""
    still_waiting = 1.0
    curve = []
    ordered = sorted(waits, key=lambda wait: (wait.seconds, not wait.is_over))
    for number, wait in enumerate(ordered):
        num_waiting = len(ordered) - number
        if num_waiting < MIN_WAITING:
            break
        if wait.is_over:
            still_waiting *= 1 - 1 / num_waiting
            curve.append((wait.seconds, 1 - still_waiting))
    return curve


def waiting_percentile(waits: Sequence[Wait], share: float) -> float | None:
    """Seconds within which ``share`` of the answers come; None where too few waited that long."""
    enough = share - 1e-9
    return next((seconds for seconds, come in waiting_curve(waits) if come >= enough), None)
