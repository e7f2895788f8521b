"""The one thread behind the requests: it records predictions and watches regions.

The event loop hands jobs over and never waits, not even for a lock: it alone puts, the worker alone
takes, and looks for more a few dozen times a second. Jobs are done in order.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import structlog

from server.logs import places

LOOK_SECONDS = 0.02
TICK_SECONDS = 0.25

log = structlog.get_logger("foretype.data")


class Job(NamedTuple):
    """Something to do. ``num_bytes`` is what it holds on to until it is done."""

    run: Callable[[], None]
    num_bytes: int


class DataWorker:
    """Runs jobs, and a tick a few times a second, between ``start`` and ``stop``."""

    def __init__(self, max_bytes: int) -> None:
        self._jobs: deque[Job] = deque()
        self._num_put = 0
        self._num_done = 0
        """Bytes, each written by one thread only: what waits is the difference."""
        self._max_bytes = max_bytes
        self._is_stopping = False
        self._thread: threading.Thread | None = None

    def start(self, tick: Callable[[], None]) -> None:
        """Begin to work."""
        self._is_stopping = False
        self._thread = threading.Thread(
            target=self._run, args=(tick,), name="foretype-data", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Finish the jobs that wait."""
        self._is_stopping = True
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def put(self, job: Job) -> bool:
        """Whether the job was taken: too much may wait already, or nobody work. On the loop."""
        is_full = self._num_put - self._num_done + job.num_bytes > self._max_bytes
        if is_full or self._thread is None or self._is_stopping:
            return False
        self._num_put += job.num_bytes
        self._jobs.append(job)
        return True

    def _run(self, tick: Callable[[], None]) -> None:
        ticked = time.monotonic()
        while True:
            is_last = self._is_stopping
            while self._jobs:
                job = self._jobs.popleft()
                self._guarded(job.run)
                self._num_done += job.num_bytes
            if time.monotonic() - ticked >= TICK_SECONDS:
                self._guarded(tick)
                ticked = time.monotonic()
            if is_last:
                return
            time.sleep(LOOK_SECONDS)

    def _guarded(self, run: Callable[[], None]) -> None:
        """One job that fails must not end the others."""
        try:
            run()
        except Exception as error:
            log.error("data job", exception=type(error).__qualname__, places=places(error))
