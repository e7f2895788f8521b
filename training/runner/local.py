"""Chunks through worker processes of this machine: results in order, few chunks in memory."""

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import Any, TypeVar

from training.runner.values import Chunk
from training.runner.work import Work
from training.worker_processes import process_pool

Result = TypeVar("Result")

CHUNKS_PER_WORKER = 3


class LocalExecutor:
    """Runs work in ``num_processes`` processes, or in this one if there is little to do."""

    def __init__(self, num_processes: int | None = None) -> None:
        self._num_processes = num_processes or os.cpu_count() or 1

    def map(self, work: Work[Result], chunks: Iterable[Chunk]) -> Generator[Result, None, None]:
        """See ``Executor``."""
        given = iter(chunks)
        first = list(islice(given, 2))
        if self._num_processes == 1 or len(first) < 2:
            yield from map(work, chain(first, given))
            return
        rest: Iterator[Chunk] = chain(first, given)
        while True:
            unfinished: deque[Chunk] = deque()
            yield from _until_one_dies(work, rest, self._num_processes, unfinished)
            if not unfinished:
                return
            for chunk in unfinished:
                yield from _alone(work, chunk)


def _until_one_dies(
    work: Work[Result], chunks: Iterator[Chunk], num_processes: int, unfinished: deque[Chunk]
) -> Generator[Result, None, None]:
    """Results until a worker process dies; what was given out by then stays in ``unfinished``."""
    futures: deque[Future[Result]] = deque()
    with _pool(work, num_processes) as pool:
        try:
            for chunk in chunks:
                unfinished.append(chunk)
                futures.append(pool.submit(_work_on, chunk))
                if len(futures) >= num_processes * CHUNKS_PER_WORKER:
                    yield futures[0].result()
                    futures.popleft(), unfinished.popleft()
            while futures:
                yield futures[0].result()
                futures.popleft(), unfinished.popleft()
        except BrokenProcessPool:
            return
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _alone(work: Work[Result], chunk: Chunk) -> Generator[Result, None, None]:
    """One chunk in a process of its own, and row by row if that dies, to find the row."""
    try:
        with _pool(work, 1) as pool:
            result: Result = pool.submit(_work_on, chunk).result()
    except BrokenProcessPool:
        parts = chunk.parts()
        if len(parts) == 1:
            yield work.lost(chunk)
            return
        for part in parts:
            yield from _alone(work, part)
        return
    yield result


def _pool(work: Work[Any], num_processes: int) -> ProcessPoolExecutor:
    return process_pool(num_processes, "training.runner.work", _hold, (_Held(work),))


class _Held:
    """The work, sent once to each worker: a plan may be large."""

    work: Work[Any] | None = None

    def __init__(self, given: Work[Any]) -> None:
        self.given = given


def _hold(held: _Held) -> None:
    _Held.work = held.given


def _work_on(chunk: Chunk) -> Any:
    assert _Held.work is not None
    return _Held.work(chunk)
