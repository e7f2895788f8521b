"""Worker processes outlive neither a kill of their run nor an impatient user."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from training.worker_processes import process_pool

PROGRAM = """\
import time
from training.worker_processes import process_pool
with process_pool(2, "time") as pool:
    waiting = [pool.submit(time.sleep, 600) for _ in range(2)]
    while not all(each.running() for each in waiting):
        time.sleep(0.01)
    print("running", flush=True)
    waiting[0].result()
"""


def test_workers_end_with_a_run_that_is_killed() -> None:
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        children = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    _gone, alive = psutil.wait_procs(children, timeout=20)
    assert children and not alive


def test_workers_hear_no_interrupt() -> None:
    heard = signal.getsignal(signal.SIGINT)  # nothing, where the tests run in the background
    with process_pool(1, "signal") as pool:
        assert pool.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) == heard


def test_a_worker_begins_with_what_it_is_given(tmp_path: Path) -> None:
    with process_pool(1, "os", os.chdir, (tmp_path,)) as pool:
        assert pool.submit(os.getcwd).result() == str(tmp_path)
