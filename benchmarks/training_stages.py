"""What the stages that ask no model cost: time, memory, and how both grow with the rows.

    python -m benchmarks.training_stages --repositories FOLDER --tokenizer tokenizer.json

Each stage runs through its own command at every number of rows, then again with nothing changed.
Prints JSON, and a table on standard error. ``peak_mb`` is the resident memory of all processes of
a run together, pages that they share counted for each. ``seconds_growth`` is the time of a row at
the largest number of rows over that at the smallest; 1 means that time grows as the rows do.

Rows come from the history of the clones in FOLDER (``OWNER/NAME.git``), answers, samples and the
event log by chance from the right edits. Where the clones yield too few rows, copies with other
words follow: ``copies`` says how many. All files at 100,000 rows take about 17 GB.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.stages.bench import SOURCES, Bench
from benchmarks.stages.examples import count_lines
from benchmarks.stages.figures import Figures, figures_of, growth_of, table
from benchmarks.stages.inputs import NUM_SAMPLES, examples_file
from benchmarks.stages.measuring import StageFailed

ROW_COUNTS = (10_000, 100_000)


def run(stages: Sequence[str], benches: Sequence[Bench]) -> dict[str, dict[str, Figures]]:
    """Figures by stage, then by number of rows; a stage that fails does not keep others back."""
    found: dict[str, dict[str, Figures]] = {stage: {} for stage in stages}
    for bench in benches:
        for stage in stages:
            try:
                figures = figures_of(stage, bench)
            except StageFailed as error:
                figures = {"error": str(error)}
            found[stage][str(bench.num_rows)] = figures
            said = json.dumps(figures)
            print(f"{stage}, {bench.num_rows:,} rows: {said}", file=sys.stderr, flush=True)
    for runs in found.values():
        all_ = list(runs.values())
        if len(all_) > 1 and not any("error" in each for each in all_):
            runs["growth"] = growth_of(all_[0], all_[-1])
    return found


def result_of(found: dict[str, dict[str, Figures]], benches: Sequence[Bench]) -> Figures:
    """All that is printed: the figures, and what they were taken on."""
    return {
        "benchmark": "training_stages",
        "machine": {
            "cores": os.cpu_count(),
            "processor": platform.machine(),
            "python": platform.python_version(),
        },
        "inputs": {str(bench.num_rows): _input_facts(bench) for bench in benches},
        "stages": found,
    }


def _input_facts(bench: Bench) -> Figures:
    if bench.examples is None and not bench.output("synthesize").exists():
        return {}
    num_examples = count_lines(examples_file(bench))
    return {
        "examples": num_examples,
        "copies": max(0, bench.num_rows - num_examples),
        "predictions_per_row": bench.num_predictions,
        "samples_per_row": NUM_SAMPLES,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 if a stage could not be run."""
    parser = _parser()
    given = parser.parse_args(arguments)
    stages = [stage for stage in SOURCES if stage in given.stages]
    _check(parser, given, stages)
    with tempfile.TemporaryDirectory(prefix="training-stages-") as temporary:
        benches = _benches(given, given.workdir or Path(temporary))
        found = run(stages, benches)
        print(json.dumps(result_of(found, benches), indent=2))
    print(table(found), file=sys.stderr)
    return int(any("error" in each for runs in found.values() for each in runs.values()))


def _benches(given: argparse.Namespace, workdir: Path) -> list[Bench]:
    """From few rows to many."""

    def resolved(path: Path | None) -> Path | None:
        return path and path.resolve()

    return [
        Bench(
            folder=workdir.resolve() / str(num_rows),
            num_rows=num_rows,
            repositories=resolved(given.repositories),
            tokenizer=resolved(given.tokenizer),
            examples=resolved(given.examples),
            num_predictions=given.predictions,
        )
        for num_rows in sorted(set(given.rows))
    ]


def _check(
    parser: argparse.ArgumentParser, given: argparse.Namespace, stages: Sequence[str]
) -> None:
    """End with a word of what is missing, before anything is run."""
    if not given.repositories and (not given.examples or {"synthesize", "context"} & set(stages)):
        parser.error("--repositories is needed, for synthesize and context at least")
    if given.repositories and not any(given.repositories.glob("*/*.git")):
        parser.error(f"{given.repositories} holds no OWNER/NAME.git")
    if not given.tokenizer and {"format", "pack"} & set(stages):
        parser.error("--tokenizer is needed for format and pack")
    if min(given.rows) < 1:
        parser.error("--rows are numbers from 1")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training_stages",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--rows", type=int, nargs="+", default=list(ROW_COUNTS), metavar="N")
    add("--stages", nargs="+", choices=SOURCES, default=list(SOURCES), metavar="STAGE")
    add("--repositories", type=Path, metavar="FOLDER", help="Clones as OWNER/NAME.git.")
    add("--tokenizer", type=Path, metavar="FILE", help="A base model's tokenizer.json.")
    add("--examples", type=Path, metavar="FILE", help="Rows of an earlier synthesize to use.")
    add("--workdir", type=Path, help="Kept, its inputs used again; default: a temporary one.")
    add("--predictions", type=int, default=1, metavar="N", help="Of each row to check and score.")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
