"""Where chunks are processed: in processes of this machine, or by Ray."""

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Protocol, TypeVar

from training.runner.local import LocalExecutor
from training.runner.options import RunOptions
from training.runner.values import Chunk
from training.runner.work import Work

Result = TypeVar("Result")


class Executor(Protocol):
    """``map``: the work on each chunk, in order, few of them in memory.

    A chunk whose worker dies may come back as the results of its rows, one by one.
    """

    def map(self, work: Work[Result], chunks: Iterable[Chunk]) -> Generator[Result, None, None]: ...


def open_executor(options: RunOptions, out: Path) -> Executor:
    """The executor that ``options`` name; ``out`` is where it may put temporary files beside."""
    if options.executor == "ray":
        from training.runner.ray_data import RayExecutor  # large, and not always installed

        return RayExecutor(out, options.jobs)
    return LocalExecutor(options.jobs)
