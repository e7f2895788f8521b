"""Chunks through Ray Data: the same work on the machines of a cluster, results in order.

The chunks are written to a file beside the output first, so that only their places are in this
process's memory; on several machines that folder, like this checkout, has to be seen by all. The
cluster is the one that ``RAY_ADDRESS`` names, or else one started on this machine for the run.
"""

import asyncio
import logging
import pickle
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import ray
import ray.data

from training.errors import RunError
from training.files import RawRow
from training.runner.checkpoints import OutputFiles
from training.runner.clients import DEFAULT_ROWS_AT_ONCE, through_client
from training.runner.values import Chunk, ChunkResult
from training.runner.work import Rows, Work
from training.stage import ClientStage

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RayExecutor:
    """``out`` says where chunks may be kept; ``num_tasks`` how many run at once."""

    out: Path
    num_tasks: int | None = None

    def map(self, work: Work[Result], chunks: Iterable[Chunk]) -> Generator[Result, None, None]:
        """See ``Executor``."""
        with _spooled(self.out, chunks) as places:
            if not places:
                return
            data = _dataset(places).map(
                _Task(work), compute=ray.data.TaskPoolStrategy(self.num_tasks)
            )
            yield from _results(data)


def client_results(
    stage: ClientStage, config: Any, chunks: Iterable[Chunk], rows: Rows, executor: RayExecutor
) -> Generator[ChunkResult, None, None]:
    """Rows through actors, each of which opens the client once."""
    with _spooled(executor.out, chunks) as places:
        if not places:
            return
        data = _dataset(places).map(
            _ClientActor,
            fn_constructor_args=(stage.open, stage.run, config, rows),
            compute=ray.data.ActorPoolStrategy(size=executor.num_tasks or 1),
        )
        for results in _results(data):
            yield from results


class _Task:
    """One chunk, read from where it lies."""

    def __init__(self, work: Work[Any]) -> None:
        self._work = work

    def __call__(self, place: dict[str, Any]) -> dict[str, Any]:
        return {"result": pickle.dumps(self._work(_read(place)))}


class _ClientActor:
    """A client for many chunks. It is given up with its process: nothing may hang on its end."""

    def __init__(
        self, open_client: Callable[..., Any], run: Callable[..., Any], config: Any, rows: Rows
    ) -> None:
        self._run = run
        self._config = config
        self._rows = rows
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._client = self._runner.run(self._stack.enter_async_context(open_client(config)))

    def __call__(self, place: dict[str, Any]) -> dict[str, Any]:
        results = self._runner.run(self._through(_read(place).rows))
        return {"result": pickle.dumps(results)}

    async def _through(self, raws: tuple[RawRow, ...]) -> list[ChunkResult]:
        found = through_client(
            self._run, self._config, self._client, iter(raws), self._rows, DEFAULT_ROWS_AT_ONCE
        )
        return [result async for result in found]


@contextmanager
def _spooled(out: Path, chunks: Iterable[Chunk]) -> Iterator[list[dict[str, Any]]]:
    path = OutputFiles(out).chunks.absolute()
    places: list[dict[str, Any]] = []
    try:
        with path.open("wb") as file:
            for chunk in chunks:
                start = file.tell()
                pickle.dump(chunk, file, protocol=pickle.HIGHEST_PROTOCOL)
                places.append({"path": str(path), "start": start})
        yield places
    finally:
        path.unlink(missing_ok=True)


def _read(place: dict[str, Any]) -> Any:
    with Path(place["path"]).open("rb") as file:
        file.seek(place["start"])
        return pickle.load(file)


def _dataset(places: list[dict[str, Any]]) -> Any:
    if not ray.is_initialized():
        ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    return ray.data.from_items(places)


def _results(data: Any) -> Iterator[Any]:
    try:
        for row in data.iter_rows():
            yield pickle.loads(row["result"])
    except ray.exceptions.RayTaskError as error:
        cause = error.cause
        if isinstance(cause, RunError):
            raise RunError(str(cause)) from None
        raise RunError(f"Ray: a task failed: {type(cause).__name__}") from error
