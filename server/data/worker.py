"""The one thread behind the requests: it records predictions and watches regions.

Handlers hand jobs over and never wait; jobs are done in order, so nothing behind needs a lock.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from eventlog.segments.byte_queue import ByteQueue
from server.logs import places

TICK_SECONDS = 0.25
BATCH_BYTES = 1 << 20

log = structlog.get_logger("foretype.data")


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do. ``num_bytes`` is what it holds on to until it is done."""

    run: Callable[[], None]
    num_bytes: int


class DataWorker:
    """Runs jobs, and ``tick`` a few times a second, between ``start`` and ``stop``."""

    def __init__(self, max_bytes: int) -> None:
        self._queue: ByteQueue[Job] = ByteQueue()
        self._max_bytes = max_bytes
        self._thread: threading.Thread | None = None

    def start(self, tick: Callable[[], None]) -> None:
        self._queue.reopen()
        self._thread = threading.Thread(
            target=self._run, args=(tick,), name="foretype-data", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Finish the jobs that wait."""
        self._queue.close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def put(self, job: Job) -> bool:
        """Whether the job was taken; False when too much waits already. Never waits."""
        return self._queue.put(job, self._max_bytes)

    def _run(self, tick: Callable[[], None]) -> None:
        while not (self._queue.is_closed and not self._queue.num_bytes):
            for job in self._queue.take_all(TICK_SECONDS, BATCH_BYTES):
                self._guarded(job.run)
            self._guarded(tick)

    def _guarded(self, run: Callable[[], None]) -> None:
        """One job that fails must not end the others."""
        try:
            run()
        except Exception as error:
            log.error("data job", exception=type(error).__qualname__, places=places(error))
