"""Synthetic users: few who type all day and many who hardly do, who come back, rest at weekends,
and differ from each other more than arms do.

Days before the experiment are simulated likewise; they are the users' history.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rollout.judge.metrics import Metric
from rollout.judge.moments import Floats

RATIOS: Mapping[Metric, tuple[str, str]] = {
    Metric.KEPT_RATE: ("kept_bytes", "candidate_bytes"),
    Metric.ACCEPTANCE_RATE: ("accepted", "shown"),
    Metric.SLOW_RATE: ("slow", "answered"),
    Metric.FAILURE_RATE: ("failed", "requests"),
    Metric.EMPTY_RATE: ("empty", "answered"),
    Metric.REVERSAL_RATIO: ("reversals", "shown"),
    Metric.KEPT_PER_HOUR: ("kept_bytes", "active_hours"),
}
"""Each metric's numerator and denominator among what is counted of a user's day."""


@dataclass(frozen=True, slots=True)
class Population:
    """Users and their habits. ``correlation`` is that of two predictions of the same user: the
    share of a rate's variance that lies between users."""

    num_users: int = 20_000
    num_days: int = 42
    history_days: int = 14
    newcomers: float = 0.4
    """Share of the users who come during the experiment and have no history."""
    correlation: float = 0.05
    requests_a_day: float = 40.0
    """Of the median user."""
    volume_spread: float = 1.2
    """Standard deviation of the logarithm of users' volumes: a tail of a few who type all day."""
    weekend: float = 0.3
    """Share of a week day's users who are there at weekends."""
    rates: Mapping[str, float] = field(
        default_factory=lambda: {
            "active": 0.5, "failed": 0.004, "slow": 0.08, "empty": 0.5, "accepted": 0.25,
            "kept": 0.30, "reversed": 0.04,
        }
    )  # fmt: skip
    bytes_shown: float = 30.0


@dataclass(frozen=True, slots=True)
class Effects:
    """What a treatment changes, in points of each rate."""

    kept: float = 0.0
    accepted: float = 0.0
    slow: float = 0.0
    failed: float = 0.0
    empty: float = 0.0


Counts = Mapping[str, Floats]
"""What was counted, [users, days + 1], summed over the days before each column's."""


@dataclass(frozen=True, slots=True)
class Users:
    """Users with their place in the experiment, and their days under both arms."""

    places: Floats
    """Where each user's bucket lies, in [0, 1)."""
    control: Counts
    treatment: Counts


def draw_users(
    population: Population, effects: Effects, max_stage: float, random: np.random.Generator
) -> Users:
    """The users whom a stage of up to ``max_stage`` measures: those of both arms' ranges."""
    places = random.random(population.num_users)
    places = places[(places < max_stage) | (places >= 1 - max_stage)]
    habits = _Habits.drawn(population, len(places), random)
    return Users(
        places,
        habits.days(population, Effects(), random),
        habits.days(population, effects, random),
    )


@dataclass(frozen=True, slots=True)
class _Habits:
    """What stays the same of a user: rates, [users], and when the user is there at all."""

    volume: Floats
    rates: Mapping[str, Floats]
    is_active: NDArray[np.bool_]

    @classmethod
    def drawn(
        cls, population: Population, num_users: int, random: np.random.Generator
    ) -> "_Habits":
        volume = population.requests_a_day * np.exp(
            population.volume_spread * random.standard_normal(num_users)
        )
        strength = 1 / population.correlation - 1
        rates = {
            name: random.beta(mean * strength, (1 - mean) * strength, num_users)
            for name, mean in population.rates.items()
            if name != "active"
        }
        num_days = population.history_days + population.num_days
        joined = np.where(
            random.random(num_users) < population.newcomers,
            random.integers(population.history_days, num_days, num_users),
            0,
        )
        days = np.arange(num_days)
        is_weekend = (days % 7) >= 5
        chance = random.beta(2.0, 2.0 / population.rates["active"] - 2.0, num_users)
        there = chance[:, None] * np.where(is_weekend, population.weekend, 1.0)
        is_active = (random.random((num_users, num_days)) < there) & (days >= joined[:, None])
        return cls(volume, rates, is_active)

    def days(self, population: Population, effects: Effects, random: np.random.Generator) -> Counts:
        """Every day of every user, under an arm with these effects."""
        users, _days = np.nonzero(self.is_active)

        def rate(name: str, effect: float = 0.0) -> Floats:
            return np.asarray(np.clip(self.rates[name] + effect, 0.0, 1.0)[users])

        size = len(users)
        requests = 1 + random.poisson(self.volume[users] * random.gamma(2.0, 0.5, size))
        failed = random.binomial(requests, rate("failed", effects.failed))
        answered = requests - failed
        empty = random.binomial(answered, rate("empty", effects.empty))
        shown = answered - empty
        kept = random.binomial(shown, rate("kept", effects.kept))
        length = population.bytes_shown * random.gamma(2.0, 0.5, size)
        counted = {
            "requests": requests,
            "failed": failed,
            "answered": answered,
            "slow": random.binomial(answered, rate("slow", effects.slow)),
            "empty": empty,
            "shown": shown,
            "accepted": random.binomial(shown, rate("accepted", effects.accepted)),
            "reversals": 0.5 * random.binomial(shown, rate("reversed")),
            "candidate_bytes": shown * length,
            "kept_bytes": kept * length,
            "active_hours": np.minimum(1 + requests // 25, 10),
        }
        return {name: self._summed(values) for name, values in counted.items()}

    def _summed(self, values: NDArray[np.generic]) -> Floats:
        num_users, num_days = self.is_active.shape
        days = np.zeros((num_users, num_days + 1))
        days[:, 1:][self.is_active] = values
        return np.asarray(np.cumsum(days, axis=1))
