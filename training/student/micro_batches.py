"""Concurrent calls gathered into batches, so that each row may ask on its own.

While a batch is at work the next asks wait. Of those that wait, the oldest is taken and with it
those nearest to it in size, so that little is padded and nobody waits for ever.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

GATHER_SECONDS = 0.02
"""How long an idle worker waits for more asks after the first one."""


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[T, R]):
    item: T
    answer: "asyncio.Future[R]"


class MicroBatches(Generic[T, R]):
    """Calls ``work`` in a thread with lists of items; ``weigh`` gives an item's rows and length.

    An async context manager: leaving it cancels what has no answer yet. A batch holds at most
    ``max_rows`` rows, or a single item that alone has more.
    """

    def __init__(
        self,
        work: Callable[[list[T]], Sequence[R]],
        weigh: Callable[[T], tuple[int, int]],
        max_rows: int,
    ) -> None:
        self._work = work
        self._weigh = weigh
        self._max_rows = max_rows
        self._waiting: list[_Waiting[T, R]] = []
        self._arrived = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self.is_working = False

    async def __aenter__(self) -> "MicroBatches[T, R]":
        self._worker = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        assert self._worker is not None
        self._worker.cancel()
        await asyncio.wait([self._worker])
        for waiting in self._waiting:
            waiting.answer.cancel()

    @property
    def num_waiting(self) -> int:
        """Asks that no batch has taken yet."""
        return len(self._waiting)

    async def ask(self, item: T) -> R:
        """The answer to ``item``. Raises what ``work`` raised for its batch."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(item, answer))
        self._arrived.set()
        return await answer

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            await asyncio.sleep(GATHER_SECONDS)
            batch = self._take()
            if not self._waiting:
                self._arrived.clear()
            if batch:
                await self._serve(batch)

    def _take(self) -> list[_Waiting[T, R]]:
        waiting = [each for each in self._waiting if not each.answer.done()]
        if not waiting:
            self._waiting = []
            return []
        _rows, length = self._weigh(waiting[0].item)
        nearest = sorted(waiting, key=lambda each: abs(self._weigh(each.item)[1] - length))
        batch: list[_Waiting[T, R]] = []
        rows = 0
        for each in nearest:
            rows += self._weigh(each.item)[0]
            if batch and rows > self._max_rows:
                break
            batch.append(each)
        taken = {id(each) for each in batch}
        self._waiting = [each for each in waiting if id(each) not in taken]
        return batch

    async def _serve(self, batch: list[_Waiting[T, R]]) -> None:
        self.is_working = True
        try:
            answers = await asyncio.to_thread(self._work, [each.item for each in batch])
        except Exception as error:  # whoever asked gets it
            for each in batch:
                if not each.answer.done():
                    each.answer.set_exception(error)
            return
        except asyncio.CancelledError:
            for each in batch:
                each.answer.cancel()
            raise
        finally:
            self.is_working = False
        for each, answer in zip(batch, answers, strict=True):
            if not each.answer.done():
                each.answer.set_result(answer)
