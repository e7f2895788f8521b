"""A process that saves an entry for each line it reads, and prints the instant before it did.

``python -m tests.rollout.store.saver ADDRESS ACTOR``; a line is how many seconds to wait before.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rollout.errors import StaleRevision
from rollout.store.base import RolloutStore
from rollout.store.opening import open_store
from tests.rollout.store.entries import change


@contextmanager
def saver(address: str, actor: str) -> Iterator[subprocess.Popen[str]]:
    """Such a process, with its store open."""
    command = [sys.executable, "-m", "tests.rollout.store.saver", address, actor]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def save_next(store: RolloutStore, actor: str) -> None:
    """Until nobody else has been faster."""
    while True:
        try:
            store.save(change(store.load().revision + 1, actor))
            return
        except StaleRevision:
            continue


def main() -> None:
    address, actor = sys.argv[1:]
    store = open_store(address)
    print("ready", flush=True)
    for line in sys.stdin:
        time.sleep(float(line))
        started = time.monotonic()
        save_next(store, actor)
        print(started, flush=True)


if __name__ == "__main__":
    main()
