"""What the stages that ask no model cost: ``python -m benchmarks.training_stages --help``.

    python -m benchmarks.training_stages --repositories FOLDER --tokenizer tokenizer.json

Each stage runs as a user runs it, through its command, at every number of rows, and then again with
nothing changed. Prints JSON: seconds, CPU seconds, the peak of all its processes' memory, how
many times faster the repetition was, and how time per row and memory grow from the smallest to the
largest number. ``FOLDER`` holds clones as ``OWNER/NAME.git``; where they yield fewer examples than
rows are wanted, examples are repeated under other names, which is said.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from benchmarks.stages.measuring import measure
from benchmarks.stages.rows import answered, read_examples, records, settled

ROW_COUNTS = (10_000, 100_000)
SEED = 1
EXAMPLES_PER_COMMIT = 5


@dataclass(frozen=True, slots=True)
class Bench:
    """Where things are: a work folder for one number of rows."""

    folder: Path
    repositories: Path
    tokenizer: Path
    num_rows: int

    def file(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"


Rows = Callable[[Bench], Iterator[BaseModel]]


def _examples(bench: Bench) -> Iterator[BaseModel]:
    yield from read_examples(bench.file("synthesize"), bench.num_rows)


def _answered(bench: Bench) -> Iterator[BaseModel]:
    chance = random.Random(SEED)
    for example in read_examples(bench.file("synthesize"), bench.num_rows):
        yield answered(example, chance)


def _settled(bench: Bench) -> Iterator[BaseModel]:
    chance = random.Random(SEED)
    num_made = 0
    for example in read_examples(bench.file("synthesize"), 4 * bench.num_rows):
        row = settled(example, chance)
        if row is not None and num_made < bench.num_rows:
            num_made += 1
            yield row


def _log(bench: Bench) -> Iterator[BaseModel]:
    yield from records(read_examples(bench.file("synthesize"), bench.num_rows))


INPUTS: Mapping[str, Rows] = {
    "examples": _examples,
    "answered": _answered,
    "settled": _settled,
    "log": _log,
}
STAGES = {
    "synthesize": "",
    "ingest": "log",
    "context": "examples",
    "filter": "examples",
    "dedupe": "examples",
    "split": "examples",
    "check": "answered",
    "settle": "settled",
    "format": "examples",
    "pack": "format",
    "score": "answered",
    "evaluate": "score",
}
"""By what each reads: an input above, or what another stage wrote."""


def arguments_of(stage: str, bench: Bench) -> list[str]:
    """The command line of ``stage``."""
    out = bench.folder / stage if stage in ("pack", "evaluate") else bench.file(stage)
    source = str(bench.file(STAGES[stage]))
    if stage == "synthesize":
        clones = sorted(bench.repositories.glob("*/*.git"))
        limit = -(-2 * bench.num_rows // max(1, len(clones)))
        named = (f"{each}=https://github.com/{each.parent.name}/{each.stem}" for each in clones)
        parameters = ["--repositories", *named, "--max-commits", "6000"]
        parameters += ["--examples-per-repository", str(limit)]
        parameters += ["--examples-per-commit", str(EXAMPLES_PER_COMMIT)]
        return [stage, "-o", str(out), *parameters]
    if stage == "ingest":
        return [stage, "-o", str(out), "--segments", source]
    parameters = []
    if stage == "context":
        parameters = ["--repositories", str(bench.repositories)]
    elif stage in ("format", "pack"):
        parameters = ["--tokenizer", str(bench.tokenizer)]
        parameters += ["--default-split", "train"]
    return [stage, source, "-o", str(out), *parameters]


def figures_of(stage: str, bench: Bench) -> dict[str, float]:
    """Run ``stage`` and run it again; what it reads is made if it is not there yet."""
    source = STAGES[stage]
    if source in INPUTS:
        write_rows(bench.file(source), INPUTS[source](bench))
    arguments = arguments_of(stage, bench)
    first, again = measure(arguments, bench.folder), measure(arguments, bench.folder)
    num_rows = num_lines(bench.file("synthesize")) if stage == "synthesize" else bench.num_rows
    return {
        "rows": num_rows,
        "seconds": round(first.seconds, 1),
        "cpu_seconds": round(first.cpu_seconds, 1),
        "rows_per_second": round(num_rows / first.seconds, 1),
        "peak_mb": round(first.peak_mb),
        "again_seconds": round(again.seconds, 2),
        "times_faster_again": round(first.seconds / again.seconds, 1),
    }


def write_rows(file: Path, rows: Iterator[BaseModel]) -> None:
    """One JSON a line, unless the file is there."""
    if not file.exists():
        part = file.with_suffix(".part")
        with part.open("w") as out:
            out.writelines(row.model_dump_json() + "\n" for row in rows)
        part.rename(file)


def num_lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _line in lines)


def growth_of(small: Mapping[str, float], large: Mapping[str, float]) -> dict[str, float]:
    """How the cost of a row, and memory, change from few rows to many; 1: not at all."""
    small_rate, large_rate = (each["seconds"] / each["rows"] for each in (small, large))
    return {
        "seconds_per_row": round(large_rate / small_rate, 2),
        "peak_mb": round(large["peak_mb"] / max(1.0, small["peak_mb"]), 2),
    }


def run(
    stages: Sequence[str], row_counts: Sequence[int], make_bench: Callable[[int], Bench]
) -> dict[str, dict[str, object]]:
    """Figures by stage, then by number of rows. Examples are always made."""
    found: dict[str, dict[str, object]] = {stage: {} for stage in stages}
    measured: dict[str, list[dict[str, float]]] = {stage: [] for stage in stages}
    for num_rows in row_counts:
        bench = make_bench(num_rows)
        for stage in STAGES:
            if stage not in stages and stage not in _needed(stages):
                continue
            figures = figures_of(stage, bench)
            print(f"{stage}: {json.dumps(figures)}", file=sys.stderr, flush=True)
            if stage in stages:
                found[stage][f"{num_rows:,} rows"] = figures
                measured[stage].append(figures)
    for stage, figures_by_size in measured.items():
        if len(figures_by_size) > 1:
            found[stage]["growth"] = growth_of(figures_by_size[0], figures_by_size[-1])
    return found


def _needed(stages: Sequence[str]) -> set[str]:
    """Stages whose output others read."""
    return {"synthesize", *(STAGES[stage] for stage in stages)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repositories", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--tokenizer", type=Path, required=True, metavar="FILE")
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROW_COUNTS))
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--workdir", type=Path, help="Kept; what is made there is not made again.")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="training-stages-") as temporary:
        workdir: Path = given.workdir or Path(temporary)

        def make_bench(num_rows: int) -> Bench:
            folder = (workdir / str(num_rows)).resolve()
            folder.mkdir(parents=True, exist_ok=True)
            repositories, tokenizer = given.repositories.resolve(), given.tokenizer.resolve()
            return Bench(folder, repositories, tokenizer, num_rows)

        print(json.dumps(run(given.stages, given.rows, make_bench), indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
