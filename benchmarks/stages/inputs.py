"""What the stages read: made once for each number of rows, a row at a time."""

import shutil
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from random import Random

from pydantic import BaseModel

from benchmarks.stages.answers import answered, settled
from benchmarks.stages.bench import SOURCES, Bench, command
from benchmarks.stages.events import event_log
from benchmarks.stages.examples import read_examples, read_lines
from benchmarks.stages.measuring import measure

SEED = 1
NUM_SAMPLES = 50
RECORDS_PER_SEGMENT = 40_000


def prepare(stage: str, bench: Bench) -> None:
    """Make what ``stage`` reads, unless it is there, and away with what it wrote."""
    for folder in (bench.folder / "inputs", bench.folder / "outputs"):
        folder.mkdir(parents=True, exist_ok=True)
    source = SOURCES[stage]
    if source and source in SOURCES:
        _run_once(source, bench)
    elif source and not bench.input(source).exists():
        _make(source, bench)
    for left in (bench.folder / "outputs").glob(f"{bench.output(stage).name}*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def examples_file(bench: Bench) -> Path:
    """Where examples are taken from: given ones, or those of ``synthesize``."""
    return bench.examples or bench.output("synthesize")


def _run_once(stage: str, bench: Bench) -> None:
    """Have the output of another stage, without measuring it."""
    if not bench.output(stage).exists():
        prepare(stage, bench)
        measure(command(stage, bench), bench.log_file)


def _make(name: str, bench: Bench) -> None:
    """One input, whole or not at all."""
    if bench.examples is None:
        _run_once("synthesize", bench)
    part = bench.folder / "inputs" / f"{name}.part"
    lines = _lines(name, bench)
    if name == "log":
        write_segments(part, lines)
    else:
        with part.open("w", encoding="utf-8", newline="") as out:
            out.writelines(lines)
    part.rename(bench.input(name))


def write_segments(folder: Path, lines: Iterator[str], size: int = RECORDS_PER_SEGMENT) -> None:
    """``lines`` in files of ``size`` each, named in their order."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number, first in enumerate(lines):
        with (folder / f"{number:05}.jsonl").open("w", encoding="utf-8", newline="") as out:
            out.writelines(chain([first], islice(lines, size - 1)))


def _lines(name: str, bench: Bench) -> Iterator[str]:
    source = examples_file(bench)
    if name == "examples":
        return read_lines(source, bench.num_rows)
    return (row.model_dump_json() + "\n" for row in _rows(name, source, bench))


def _rows(name: str, source: Path, bench: Bench) -> Iterable[BaseModel]:
    chance, examples = Random(SEED), read_examples(source, bench.num_rows)
    match name:
        case "answered":
            return (answered(each, chance, bench.num_predictions) for each in examples)
        case "settled":
            return (settled(each, chance, NUM_SAMPLES) for each in examples)
        case "log":
            return event_log(examples, chance)
    raise ValueError(name)
