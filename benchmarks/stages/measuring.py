"""Runs a stage as a user does, and measures all its processes together."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
SAMPLE_SECONDS = 0.1
SOME_ROWS_FAILED = 1
"""The exit code where single rows failed and all others are there."""
LOG_END_BYTES = 10_000
MAX_WORDS_LENGTH = 300


class StageFailed(Exception):
    """The command could not run, or not to its end."""


@dataclass(slots=True)
class Watched:
    """What a tree of processes used, as far as looking at it now and then tells.

    ``peak`` is the largest sum of resident memory seen, in bytes by program, and ``num_processes``
    of how many. Pages that several processes share count once for each of them: the sum is an upper
    bound. CPU seconds are those of all processes seen, until they were last seen: a lower bound.
    """

    peak: Counter[str] = field(default_factory=Counter)
    num_processes: int = 0
    _cpu_seconds: dict[tuple[int, float], float] = field(default_factory=dict)

    @property
    def cpu_seconds(self) -> float:
        return sum(self._cpu_seconds.values())

    def look_at(self, pid: int) -> None:
        """The process ``pid`` and all below it, as they are now."""
        resident: Counter[str] = Counter()
        processes = _tree(pid)
        for process in processes:
            try:
                with process.oneshot():
                    resident[process.name()] += process.memory_info().rss
                    times, key = process.cpu_times(), (process.pid, process.create_time())
            except psutil.Error:  # it has just ended
                continue
            self._cpu_seconds[key] = times.user + times.system
        if resident.total() > self.peak.total():
            self.peak, self.num_processes = resident, len(processes)


@dataclass(frozen=True, slots=True)
class Measured:
    """One run."""

    seconds: float
    watched: Watched
    exit_code: int


def measure(arguments: Sequence[str], log_file: Path) -> Measured:
    """``python -m training ARGUMENTS``; what it says is added to ``log_file``.

    Raises ``StageFailed`` with the end of what it said.
    """
    watched, started = Watched(), time.perf_counter()
    with log_file.open("ab") as log:
        command = [sys.executable, "-m", "training", *arguments]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        exit_code = _watch(process, watched)
    seconds = time.perf_counter() - started
    if exit_code not in (0, SOME_ROWS_FAILED):
        raise StageFailed(f"ended with {exit_code}: {_last_words(log_file)}")
    return Measured(seconds, watched, exit_code)


def _watch(process: "subprocess.Popen[bytes]", watched: Watched) -> int:
    """The exit code. A watcher that is interrupted ends what it watches."""
    try:
        while True:
            watched.look_at(process.pid)
            try:
                return process.wait(timeout=SAMPLE_SECONDS)
            except subprocess.TimeoutExpired:
                continue
    except BaseException:
        process.terminate()
        process.wait()
        raise


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def _last_words(file: Path) -> str:
    with file.open("rb") as log:
        log.seek(0, os.SEEK_END)
        log.seek(max(0, log.tell() - LOG_END_BYTES))
        lines = log.read().decode(errors="replace").split("\n")
    said = next((line for line in reversed(lines) if line.strip()), "")
    return said[:MAX_WORDS_LENGTH]
