"""Runs a stage as a user does and measures all its processes together."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.1
SOME_FAILED = 1
"""The exit code where single rows failed."""


@dataclass(frozen=True, slots=True)
class Measured:
    """``cpu_seconds`` of all processes; ``peak_mb`` is the largest sum of their resident memory.

    Pages that processes share count once for each, so the sum is an upper bound.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float


def measure(arguments: Sequence[str], folder: Path) -> Measured:
    """``python -m training ARGUMENTS`` in ``folder``. Raises ``RuntimeError`` if it cannot run."""
    usage = _Usage()
    started = time.monotonic()
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "training", *arguments], cwd=folder, stdout=log, stderr=log
        )
        while process.poll() is None:
            usage.look_at(process.pid)
            time.sleep(SAMPLE_SECONDS)
    seconds = time.monotonic() - started
    if process.returncode not in (0, SOME_FAILED):
        raise RuntimeError(f"{arguments[0]} ended with {process.returncode}; see {log.name}")
    return Measured(seconds, sum(usage.cpu_seconds.values()), usage.peak_bytes / 1e6)


class _Usage:
    """What a tree of processes takes, as far as a look every ``SAMPLE_SECONDS`` tells."""

    def __init__(self) -> None:
        self.peak_bytes = 0
        self.cpu_seconds: dict[int, float] = {}

    def look_at(self, pid: int) -> None:
        """Count the process and all below it."""
        resident = 0
        for process in self._tree(pid):
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    resident += process.memory_info().rss
            except psutil.Error:
                continue
            self.cpu_seconds[process.pid] = times.user + times.system
        self.peak_bytes = max(self.peak_bytes, resident)

    @staticmethod
    def _tree(pid: int) -> list[psutil.Process]:
        try:
            root = psutil.Process(pid)
            return [root, *root.children(recursive=True)]
        except psutil.Error:
            return []
