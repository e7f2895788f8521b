"""The policy over synthetic users."""

import argparse
import sys

from rollout.cli.by_hand import read
from rollout.experiments.document import ArmChanges, ExperimentSpec, Treatment
from rollout.simulation.population import Population
from rollout.simulation.report import draw, table
from rollout.simulation.scenarios import simulate as simulated


def simulate(options: argparse.Namespace) -> None:
    spec = _spec(options)
    population = Population(num_users=options.users, num_days=options.days)
    rows = []
    for row in simulated(population, spec.demands, spec.stages, options.runs, options.workers):
        rows.append(row)
        print(f"{row.scenario}: {row.judge}: done", file=sys.stderr)
    print(table(rows))
    if options.output is not None:
        for path in draw(rows, options.output):
            print(path, file=sys.stderr)


def _spec(options: argparse.Namespace) -> ExperimentSpec:
    if options.document is None:
        treatment = Treatment(key="treatment", changes=ArmChanges())
        return ExperimentSpec(key="example", salt="example", treatments=(treatment,))
    spec = read(options.document).experiment(options.experiment or "")
    if spec is None:
        raise ValueError(f"{options.document} has no experiment {options.experiment}")
    return spec
