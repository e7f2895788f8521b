"""How fast people type: the time before each key, the same for every server.

Within a line, times are log-normal with the mean and the deviation that Dhakal et al. measured over
136 million keystrokes (CHI 2018, table 1: 238.66 ms, 111.6 ms). Before a line a developer thinks: a
second, half of the time more; that figure is an assumption.
"""

from dataclasses import dataclass
from math import exp, log, sqrt
from random import Random

MEAN_SECONDS = 0.23866
DEVIATION_SECONDS = 0.1116
LINE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Times by ``seed``; ``speed`` 2 is twice as fast as people are."""

    seed: int = 0
    speed: float = 1.0

    def seconds_before(self, passage: str, slot: int, key: int) -> float:
        """The time before a slot's key of that number (from 0)."""
        chance = Random(f"{self.seed}:{passage}:{slot}:{key}")
        sigma = sqrt(log(1 + (DEVIATION_SECONDS / MEAN_SECONDS) ** 2))
        median = LINE_SECONDS if key == 0 else MEAN_SECONDS * exp(-(sigma**2) / 2)
        return median * exp(chance.gauss(0, sigma)) / self.speed
