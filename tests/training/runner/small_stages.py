"""Small stages of every kind, and a way to run one in a process of its own.

``python -m tests.training.runner.small_stages STAGE OUT [INPUT …] [--seconds S] [--jobs N]``
"""

import argparse
import asyncio
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import Field

from training.errors import InvalidRow, MissingSection
from training.examples import Example
from training.runner import RunOptions, run_stage
from training.stage import (
    ClientStage,
    Dropped,
    FolderStage,
    MapStage,
    SinkStage,
    SourceStage,
    Stage,
    StageConfig,
    SurveyStage,
)


class SmallConfig(StageConfig):
    """What the small stages do."""

    seconds: float = Field(default=0.0, exclude=True)
    suffix: str = "!"
    words: tuple[str, ...] = ()


class Secret(Exception):
    """An exception that quotes the row."""


def mark(example: Example, config: SmallConfig) -> Example | Dropped:
    """By its name a row is dropped, refused or breaks; every other gets the suffix."""
    time.sleep(config.seconds)
    name = example.spec.name
    if "drop" in name:
        return Dropped("asked_to")
    if "refuse" in name:
        raise MissingSection("the example has no cake; run bake first")
    if "crash" in name and multiprocessing.parent_process() is not None:
        os.kill(os.getpid(), signal.SIGKILL)
    if "break" in name:
        raise Secret(f"password in {example.spec.cursor_position}")
    return _marked(example, config.suffix)


def unmarked(example: Example, config: StageConfig) -> Example:
    return example


def _marked(example: Example, suffix: str) -> Example:
    spec = example.spec.model_copy(update={"reasoning": example.spec.name + suffix})
    return example.model_copy(update={"spec": spec})


class Desk:
    """A client that counts how many wait for it at a time."""

    def __init__(self) -> None:
        self.num_waiting = 0
        self.most_waiting = 0

    async def ask(self, seconds: float) -> None:
        self.num_waiting += 1
        self.most_waiting = max(self.most_waiting, self.num_waiting)
        await asyncio.sleep(seconds)
        self.num_waiting -= 1

    def stats(self) -> dict[str, float]:
        return {"num_cache_hits": 2, "most_waiting": self.most_waiting}


@asynccontextmanager
async def open_desk(config: SmallConfig) -> AsyncIterator[Desk]:
    yield Desk()


async def ask(example: Example, config: SmallConfig, desk: Desk) -> Example | Dropped:
    """Earlier rows of ten wait longer, so that later ones overtake them."""
    number = int(example.spec.name.rpartition("-")[2])
    await desk.ask(config.seconds * (10 - number % 10))
    return mark(example, config.model_copy(update={"seconds": 0.0}))


def length(example: Example, config: SmallConfig) -> int:
    time.sleep(config.seconds)
    if "odd" in example.spec.name:
        raise InvalidRow("odd rows have no length")
    return len(example.spec.name)


def longest(lengths: Iterable[int], config: SmallConfig) -> list[int]:
    return list(lengths)


def with_length(example: Example, index: int, plan: list[int], config: SmallConfig) -> Example:
    assert plan[index] == len(example.spec.name)
    time.sleep(config.seconds)
    return _marked(example, f" {index} of {len(plan)}")


def units(config: SmallConfig) -> Iterator[int]:
    yield from range(40)


def of_unit(unit: int, config: SmallConfig) -> Iterator[Example | Dropped]:
    time.sleep(config.seconds)
    for number in range(unit % 4):
        if unit == 13 and number == 0:
            raise InvalidRow("the unit is torn")
        yield Example.model_validate({"name": f"unit-{unit}-{number}"})
    if unit % 5 == 0:
        yield Dropped("fifth")


def names(rows: Iterable[Example], config: SmallConfig, out: Path) -> list[str]:
    found = [row.spec.name for row in rows]
    (out / "names.txt").write_text("\n".join(found))
    return [f"{len(found)} names"]


def copy(folder: Path, config: SmallConfig, out: Path) -> dict[str, int]:
    """A file called ``refuse`` is one too many."""
    if (folder / "refuse").exists():
        raise InvalidRow("refuse is not copied")
    out.mkdir()
    for path in folder.iterdir():
        (out / path.name).write_bytes(path.read_bytes())
    return {"files": len(list(out.iterdir()))}


MARK = MapStage("mark", "marks rows", 1, SmallConfig, mark)
ASK = ClientStage("ask", "asks a desk", 1, SmallConfig, open_desk, ask)
MEASURE = SurveyStage(
    "measure", "measures rows", 1, SmallConfig, longest, with_length, digest=length
)
COUNT = SourceStage("count", "counts", 1, SmallConfig, units, of_unit)
NAMES = SinkStage("names", "lists names", 1, SmallConfig, names)
COPY = FolderStage("copy", "copies a folder", 1, SmallConfig, copy)

STAGES: dict[str, Stage] = {stage.name: stage for stage in (MARK, ASK, MEASURE, COUNT, NAMES, COPY)}


def write_rows(path: Path, names: Iterable[str], **fields: object) -> Path:
    """A file of flat examples."""
    import json

    path.write_text("".join(json.dumps({"name": name, **fields}) + "\n" for name in names))
    return path


def main() -> None:
    """Run one of the stages as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("stage", choices=sorted(STAGES))
    parser.add_argument("out", type=Path)
    parser.add_argument("inputs", nargs="*")
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--executor", default="local")
    given = parser.parse_args()
    config = SmallConfig(seconds=given.seconds)
    options = RunOptions(jobs=given.jobs, executor=given.executor, checkpoint_seconds=0.1)
    report = run_stage(STAGES[given.stage], config, given.inputs, given.out, options)
    sys.exit(report.exit_code)


if __name__ == "__main__":
    main()
