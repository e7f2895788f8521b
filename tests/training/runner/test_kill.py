"""A run that is killed at any moment and started again ends as one that nobody disturbed."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.training.runner.small_stages import write_rows

NUM_ROWS = 160
SECONDS = {"mark": 0.02, "ask": 0.04, "measure": 0.008, "count": 0.08}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kinds = ("row", "row", "drop", "refuse", "row", "break", "row", "odd")
    names = [f"{kinds[number % 8]}-{number}" for number in range(NUM_ROWS)]
    path = write_rows(tmp_path_factory.mktemp("rows") / "rows.jsonl", names)
    with path.open("a") as file:
        file.write('{broken\n\n{"name": "x", "unknown": 1}\n')
    return path


@pytest.mark.parametrize(
    ("stage", "ending"),
    [("mark", ".jsonl.zst"), ("ask", ".jsonl"), ("measure", ".jsonl"), ("count", ".jsonl")],
)
def test_a_killed_run_goes_on(stage: str, ending: str, rows: Path, tmp_path: Path) -> None:
    inputs = [] if stage == "count" else [str(rows)]
    calm, disturbed = tmp_path / f"calm{ending}", tmp_path / f"disturbed{ending}"
    assert _start(stage, calm, inputs, seconds=0.0).wait() == 1

    num_kills = 0
    for pause in _pauses():
        process = _start(stage, disturbed, inputs, seconds=SECONDS[stage])
        try:
            assert process.wait(timeout=pause) == 1
            break
        except subprocess.TimeoutExpired:
            _kill(process)
            num_kills += 1
    assert num_kills >= 2
    assert not (tmp_path / f"disturbed{ending}.partial").exists()
    assert not (tmp_path / f"disturbed{ending}.checkpoint.json").exists()
    assert _content(disturbed) == _content(calm)


def test_what_was_done_before_the_kill_is_not_done_again(rows: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    process = _start("mark", out, [str(rows)], seconds=0.02, jobs=1)
    checkpoint = tmp_path / "out.jsonl.checkpoint.json"
    while '"num_steps":0' in _text(checkpoint):
        time.sleep(0.02)
    _kill(process)
    with (tmp_path / "out.jsonl.partial").open("ab") as file:
        file.write(b'{"torn')
    written = _text(checkpoint)
    assert _start("mark", out, [str(rows)], seconds=0.02, jobs=1).wait() == 1
    assert '"num_steps":0' not in written
    assert b"torn" not in out.read_bytes()


def _pauses() -> Iterator[float]:
    """Early kills hit the start, later ones the work, its checkpoints and the end."""
    pause = 0.6
    while True:
        yield pause
        pause += 0.3


def _start(
    stage: str, out: Path, inputs: list[str], seconds: float, jobs: int = 2
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.training.runner.small_stages", stage, str(out)]
    options = ["--seconds", str(seconds), "--jobs", str(jobs)]
    return subprocess.Popen([*command, *inputs, *options], stderr=subprocess.DEVNULL)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Its workers have to notice by themselves."""
    children = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _gone, alive = psutil.wait_procs(children, timeout=20)
    assert not alive


def _content(out: Path) -> list[bytes]:
    """Output and failures; the command lines in these name the output."""
    failed = out.with_name(f"{out.name}.failed.jsonl").read_bytes()
    return [out.read_bytes(), re.sub(rb'"rerun": .*', b"", failed)]


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return '"num_steps":0'
