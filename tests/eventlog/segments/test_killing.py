"""Killed at random moments: what was acknowledged is there, once, and every tear is repaired."""

import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from eventlog.checking import check
from tests.eventlog.segments.conftest import OpenLog
from tests.eventlog.segments.test_log import numbers

NUM_KILLS = 8
MAX_NUMBERS = 600


def acknowledged_before_kill(folder: Path, first: int, num_lines: int) -> list[int]:
    """What a process said was durable before it was killed, after ``num_lines`` or a few more."""
    command = [sys.executable, "-m", "tests.eventlog.segments.appender", str(folder), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _each in range(num_lines)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
    return [int(line) for line in said if line.endswith("\n")]


def test_nothing_acknowledged_is_lost(open_log: OpenLog, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    moments = random.Random(5)
    acknowledged: list[int] = []
    for round_number in range(NUM_KILLS):
        num_lines = moments.randrange(1, MAX_NUMBERS)
        acknowledged += acknowledged_before_kill(folder, round_number * 1_000_000, num_lines)
    open_log(folder).stop()
    found = Counter(numbers(folder))
    assert len(acknowledged) > NUM_KILLS
    assert set(acknowledged) <= found.keys()
    assert set(found.values()) == {1}
    assert {report.problem for report in check(folder)} == {None}
