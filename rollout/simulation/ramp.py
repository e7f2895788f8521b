"""One ramp over synthetic users, a look a day, until it is promoted, rolled back or out of time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rollout.judge.judgement import Decision, Demands, Evidence, Judgement
from rollout.judge.metrics import Metric
from rollout.judge.moments import Floats, Moments
from rollout.simulation.population import RATIOS, Counts, Effects, Population, Users, draw_users

DAY_SECONDS = 86_400.0

Judge = Callable[[Evidence, Demands], Judgement]


@dataclass(frozen=True, slots=True)
class Ramp:
    """``stages`` are shares of the users who get the treatment; the last one needs no look.

    With one stage only, nothing can be promoted: the arms are watched to the end.
    """

    stages: Sequence[float]
    demands: Demands


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a ramp ended, after how many days, and which guardrails were ever found harmed."""

    decision: Decision
    days: int
    harmed: frozenset[Metric]


def run_ramp(
    population: Population, effects: Effects, ramp: Ramp, judges: Mapping[str, Judge], seed: int
) -> Mapping[str, Outcome]:
    """The same users before every judge."""
    random = np.random.default_rng(seed)
    measured = [stage for stage in ramp.stages if stage <= 0.5]
    users = draw_users(population, effects, max(measured), random)
    return {name: _run(population, users, ramp, each) for name, each in judges.items()}


def _run(population: Population, users: Users, ramp: Ramp, judge_of: Judge) -> Outcome:
    arms = (
        _Arm(users.control, users.control, 1 - users.places, population.history_days),
        _Arm(users.control, users.treatment, users.places, population.history_days),
    )
    stage, entered = 0, 0
    for day in range(population.num_days):
        for arm in arms:
            arm.widen(ramp.stages[stage], day)
        control, treatment = (arm.moments(day) for arm in arms)
        evidence = Evidence(
            control=control,
            treatment=treatment,
            num_users=(_num_users(control), _num_users(treatment)),
            stage_seconds=(day + 1 - entered) * DAY_SECONDS,
        )
        judgement = judge_of(evidence, ramp.demands)
        if judgement.decision is Decision.ROLL_BACK:
            harmed = frozenset(
                each.guardrail.metric for each in judgement.findings if each.is_harmed
            )
            return Outcome(Decision.ROLL_BACK, day + 1, harmed)
        if judgement.decision is Decision.PROMOTE and stage + 1 < len(ramp.stages):
            stage, entered = stage + 1, day + 1
            if ramp.stages[stage] > 0.5:
                return Outcome(Decision.PROMOTE, day + 1, frozenset())
    return Outcome(Decision.HOLD, population.num_days, frozenset())


class _Arm:
    """The users of an arm, each counted from the day on which a stage first took it in."""

    def __init__(self, before: Counts, since: Counts, places: Floats, history_days: int) -> None:
        self._before = before
        self._since = since
        self._places = places
        self._history_days = history_days
        self._entry = np.full(len(places), -1)

    def widen(self, share: float, day: int) -> None:
        """Take in the users of a stage, from ``day`` on."""
        self._entry[(self._entry < 0) & (self._places < share)] = day

    def moments(self, day: int) -> Mapping[Metric, Moments]:
        """All that was counted up to the end of ``day``, of users who were there."""
        end = self._history_days + day + 1
        rows = np.flatnonzero(self._entry >= 0)
        entry = self._entry[rows]
        requests = self._since["requests"]
        was_there = requests[rows, end] > requests[rows, self._history_days + entry]
        rows, entry = rows[was_there], entry[was_there]
        start = self._history_days + entry

        def counted(name: str) -> tuple[Floats, Floats]:
            since, before = self._since[name], self._before[name]
            return since[rows, end] - since[rows, start], before[rows, start] - before[rows, entry]

        return {metric: _moments(counted(x), counted(n)) for metric, (x, n) in RATIOS.items()}


def _moments(numerator: tuple[Floats, Floats], denominator: tuple[Floats, Floats]) -> Moments:
    return Moments.of(
        np.stack([numerator[0], denominator[0], numerator[1], denominator[1]], axis=1)
    )


def _num_users(moments: Mapping[Metric, Moments]) -> int:
    return moments[Metric.KEPT_RATE].num_users
