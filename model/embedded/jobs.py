"""Requests on their way between the event loop and the thread that computes."""

import asyncio
import threading
import time
from collections import deque
from contextlib import suppress

from model.engine import Chunk, GenerationRequest
from model.errors import EngineError, EngineOverloaded, EngineUnavailable


class Job:
    """One request and the results that its caller awaits. Made on the caller's event loop."""

    def __init__(self, request: GenerationRequest) -> None:
        self.request = request
        self.submitted = time.monotonic()
        self.is_cancelled = False
        self._loop = asyncio.get_running_loop()
        self._results: asyncio.Queue[Chunk | EngineError] = asyncio.Queue()

    def send(self, result: Chunk | EngineError) -> None:
        """Hand over a result, from any thread. A caller whose loop is gone wants none."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._results.put_nowait, result)

    async def receive(self) -> Chunk:
        """The next result; raises it if it is an error."""
        result = await self._results.get()
        if isinstance(result, EngineError):
            raise result
        return result


PAUSE_SECONDS = 0.5
"""Longer than most gaps between two keys."""


class JobQueue:
    """Newest first, with a bound, but before all others who has waited for half a second.

    A user who types on soon gives a question up, the sooner the older it is; one who has not done
    so for a while is waiting for the answer. In turn, several users at once who ask faster than
    the model answers would get no answer in time, all of them. Cancelled jobs leave it at once.
    """

    def __init__(self, max_waiting: int) -> None:
        self._max_waiting = max_waiting
        self._waiting: deque[Job] = deque()
        self._running: Job | None = None
        self._is_closed = False
        self._changed = threading.Condition()

    @property
    def is_idle(self) -> bool:
        with self._changed:
            return self._running is None and not self._waiting

    def put(self, job: Job) -> None:
        """Raises ``EngineOverloaded`` or, once closed, ``EngineUnavailable``."""
        with self._changed:
            if self._is_closed:
                raise EngineUnavailable("the engine is shutting down")
            if len(self._waiting) >= self._max_waiting:
                raise EngineOverloaded(f"{len(self._waiting)} requests are waiting")
            self._waiting.append(job)
            self._changed.notify()

    def take(self) -> Job | None:
        """End the job taken before, then wait for one to do. None once closed."""
        with self._changed:
            self._running = None
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            if self._is_closed:
                return None
            is_awaited = time.monotonic() - self._waiting[0].submitted >= PAUSE_SECONDS
            self._running = self._waiting.popleft() if is_awaited else self._waiting.pop()
            return self._running

    def withdraw(self, job: Job) -> bool:
        """Drop ``job`` if it still waits; whether it did."""
        with self._changed:
            if job not in self._waiting:
                return False
            self._waiting.remove(job)
            return True

    def cancel(self, job: Job) -> None:
        """Drop ``job`` if it waits, have it stopped if it runs."""
        job.is_cancelled = True
        self.withdraw(job)

    def close(self) -> None:
        """Stop what runs, refuse what waits and what comes."""
        with self._changed:
            self._is_closed = True
            dropped = [*self._waiting, *([self._running] if self._running else [])]
            self._waiting.clear()
            self._changed.notify()
        for job in dropped:
            job.is_cancelled = True
            job.send(EngineUnavailable("the engine is shutting down"))
