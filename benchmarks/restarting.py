"""Programs that are killed and started anew, again and again, and when they end by themselves."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil

from benchmarks.running import program

LOOK_SECONDS = 0.1


class Restarting:
    """A program that is ready when ``GET ready`` on its port answers; killed, it starts again."""

    def __init__(self, arguments: Sequence[str], port: int, ready: str, **env: str) -> None:
        self.port = port
        self._arguments = arguments
        self._ready = ready
        self._env = env
        self._kill = threading.Event()
        self._is_over = False
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def kill(self) -> None:
        """With ``SIGKILL``, as soon as it is ready."""
        self._kill.set()

    def end(self) -> None:
        self._is_over = True
        self._kill.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_over:
            try:
                with program(self._arguments, self.port, self._ready, **self._env) as process:
                    while not self._kill.wait(LOOK_SECONDS) and _runs(process):
                        pass
                    self._kill.clear()
                    if not self._is_over and _runs(process):
                        process.kill()
            except RuntimeError:  # what it needs was killed while it started
                continue


def _runs(process: psutil.Process) -> bool:
    return process.status() != psutil.STATUS_ZOMBIE


@contextmanager
def running(programs: Sequence[Restarting]) -> Iterator[None]:
    """All of them, until the end of the block."""
    for each in programs:
        each.start()
    try:
        yield
    finally:
        for each in programs:
            each.end()
