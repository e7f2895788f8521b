"""The command line of the replay benchmark.

    python -m benchmarks.replay run    --repository FOLDER [--typists 1] [--keys 400]
    python -m benchmarks.replay search --repository FOLDER [--most 64]
    python -m benchmarks.replay sweep  --repository FOLDER --over file-lines|events|typists

Prints JSON, and a table on standard error; ``--output`` also keeps JSON and plots. Servers are
measured one after the other on the same keys. ``--peers-python`` is the Python of an environment
with ``llama-cpp-python[server]`` and ``sweep-autocomplete``.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.replay.experiment import VALUES, Experiment
from benchmarks.replay.pace import Pace
from benchmarks.replay.result import Result
from benchmarks.replay.servers import FORETYPE, Peers, export_model
from training.errors import RunError


def main(arguments: Sequence[str] | None = None) -> int:
    """0; 1 if the request makes no sense."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as work:
        try:
            result = _result(options, Path(work))
        except (ValueError, RunError) as error:
            print(error, file=sys.stderr)
            return 1
    print(result.table(), file=sys.stderr)
    print(json.dumps(result.report, indent=2))
    if options.output is not None:
        result.keep(options.output)
    return 0


def _result(options: argparse.Namespace, work: Path) -> Result:
    peers = None
    if options.peers_python is not None:
        peers = Peers(options.peers_python, export_model(work))
    experiment = Experiment(
        servers=options.servers,
        peers=peers,
        repository=options.repository,
        examples=options.examples,
        num_keys=options.keys,
        pace=Pace(options.seed, options.speed),
        accepts=not options.never_accept,
    )
    if options.command == "search":
        return experiment.search(options.most)
    if options.command == "sweep":
        return experiment.sweep(options.over, options.values)
    return experiment.run(options.typists, options.baseline)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.replay")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="one figure of each kind for each server")
    run.add_argument("--typists", type=int, default=1)
    run.add_argument("--baseline", help="the server that ratios refer to")
    search = commands.add_parser("search", help="typists whose answers come in time")
    search.add_argument("--most", type=int, default=64, help="typists to stop at")
    sweep = commands.add_parser("sweep", help="how latency grows")
    sweep.add_argument("--over", choices=VALUES, required=True)
    sweep.add_argument("--values", type=int, nargs="+", help="ascending; unset: a usual range")
    for command in (run, search, sweep):
        _add_common(command)
    return parser


def _add_common(command: argparse.ArgumentParser) -> None:
    texts = command.add_mutually_exclusive_group(required=True)
    texts.add_argument("--repository", type=Path, help="whose commits are typed")
    texts.add_argument("--examples", type=Path, help="rows of synthesize --mode sessions")
    command.add_argument("--servers", nargs="+", default=[FORETYPE], help="names or PROTOCOL:URL")
    command.add_argument("--peers-python", help="runs llama-cpp and sweep")
    command.add_argument("--keys", type=int, default=400, help="keys for each typist, at least")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--speed", type=float, default=1.0, help="1: as people type")
    command.add_argument("--never-accept", action="store_true", help="the same keys for all")
    command.add_argument("--output", type=Path, help="folder for report.json and plots")


if __name__ == "__main__":
    sys.exit(main())
