"""Many ramps for each kind of treatment: how often each judge errs, and how long it takes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from statistics import median

from rollout.judge.judgement import Decision, Demands, judge
from rollout.judge.metrics import Metric
from rollout.simulation.naive import z_test_of_predictions, z_test_of_users
from rollout.simulation.population import Effects, Population
from rollout.simulation.ramp import Judge, Outcome, Ramp, run_ramp

JUDGES: Mapping[str, Judge] = {
    "ours": judge,
    "z-test of users": z_test_of_users,
    "z-test of predictions": z_test_of_predictions,
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of treatment. ``is_watched``: the first stage is kept to the end, so that every look
    may raise a false alarm."""

    name: str
    effects: Effects
    is_watched: bool = False


SCENARIOS = (
    Scenario("equal, watched to the end", Effects(), is_watched=True),
    Scenario("equal", Effects()),
    Scenario("half a point worse", Effects(kept=-0.005)),
    Scenario("worse by the margin", Effects(kept=-0.02)),
    Scenario("5 points worse", Effects(kept=-0.05)),
    Scenario("3 points better", Effects(kept=0.03)),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a scenario's ramps before one judge. Days are those until the end."""

    scenario: str
    judge: str
    num_runs: int
    rolled_back: float
    promoted: float
    held: float
    median_days: float
    harmed: Mapping[Metric, float]
    """Share of the runs that each guardrail ended."""
    days: Sequence[int]
    """Of every run, as it was."""


def simulate(
    population: Population,
    demands: Demands,
    stages: Sequence[float],
    num_runs: int,
    num_workers: int,
    scenarios: Sequence[Scenario] = SCENARIOS,
) -> Iterator[Row]:
    """A row for each scenario and judge. Runs are numbered, and the same at every call."""
    with ProcessPoolExecutor(num_workers, get_context("spawn")) as workers:
        for scenario in scenarios:
            ramp = Ramp(stages[:1] if scenario.is_watched else stages, demands)
            run = partial(run_ramp, population, scenario.effects, ramp, JUDGES)
            outcomes = list(workers.map(run, range(num_runs), chunksize=4))
            for name in JUDGES:
                yield _row(scenario.name, name, [each[name] for each in outcomes])


def _row(scenario: str, judge_name: str, outcomes: Sequence[Outcome]) -> Row:
    num_runs = len(outcomes)
    decisions = Counter(outcome.decision for outcome in outcomes)
    harmed = Counter(metric for outcome in outcomes for metric in outcome.harmed)
    return Row(
        scenario=scenario,
        judge=judge_name,
        num_runs=num_runs,
        rolled_back=decisions[Decision.ROLL_BACK] / num_runs,
        promoted=decisions[Decision.PROMOTE] / num_runs,
        held=decisions[Decision.HOLD] / num_runs,
        median_days=median(outcome.days for outcome in outcomes),
        harmed={metric: count / num_runs for metric, count in harmed.items()},
        days=[outcome.days for outcome in outcomes],
    )
