"""Ends vLLM's process in the middle of answers, again and again, and looks what becomes of it.

    python -m benchmarks.kill_cycles --cycles 100
    python -m benchmarks.kill_cycles --by memory     # or: hang

It is killed, or gets no more memory, or is stopped and stays so.
Our server runs with vLLM in one (settings of the environment are used), and is asked by a few
editors at once. Every request has to be answered within its deadline; after every kill the server
has to answer again by itself; nothing may be left behind.
"""

import argparse
import json
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.running import Caller, free_port, program

PROCESSES, CORE = "VLLM::", "VLLM::EngineCor"
LITTLE_MEMORY = 2**20
NUM_EDITORS = 3
MOST_ROWS = 60
DEADLINE_SECONDS = 2.0
RECOVERY_SECONDS = 180.0
OK = 200


@dataclass
class Seen:
    """What the editors were answered: statuses, the longest wait, and when it was 200 last."""

    statuses: Counter[str] = field(default_factory=Counter)
    longest_seconds: float = 0.0
    last_ok: float = 0.0


class Editors:
    """Ask without a pause, each for a text of its own, new and of another length every time."""

    def __init__(self, port: int) -> None:
        self.seen = Seen()
        self._port = port
        self._has_ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(number,)) for number in range(NUM_EDITORS)
        ]

    def __enter__(self) -> "Editors":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._has_ended.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, number: int) -> None:
        caller = Caller(self._port)
        for count in range(10**9):
            if self._has_ended.is_set():
                return
            above = "".join(f"row_{row} = {row}\n" for row in range(random.randrange(MOST_ROWS)))
            text = f"{above}def area_{number}_{count}(width, height):\n    ret"
            body = {"path": "a.py", "text": text, "cursor": len(text), "session": str(number)}
            body |= {"deadline_ms": int(DEADLINE_SECONDS * 1000)}
            started = time.monotonic()
            try:
                status, answer = caller.call("POST", "/v1/predict", json.dumps(body).encode())
            except OSError as error:
                self.seen.statuses[type(error).__name__] += 1
                return
            self._note(status, answer, started)
            time.sleep(0.02 if status == OK else 0.2)

    def _note(self, status: int, answer: bytes, started: float) -> None:
        now = time.monotonic()
        reason = json.loads(answer).get("reason") if status == OK else None
        self.seen.statuses[f"{status} {reason}" if reason else str(status)] += 1
        self.seen.longest_seconds = max(self.seen.longest_seconds, now - started)
        if status == OK and reason != "deadline_exceeded":
            self.seen.last_ok = started


def resources(server: psutil.Process) -> dict[str, int]:
    """What a leak would show in."""
    children = server.children(recursive=True)
    return {
        "file_descriptors": server.num_fds(),
        "threads": server.num_threads(),
        "children": len(children),
        "zombies": sum(child.status() == psutil.STATUS_ZOMBIE for child in children),
        "megabytes": server.memory_info().rss // 2**20,
        "shared_memory_files": len(list(Path("/dev/shm").iterdir())),
    }


def kill(core: psutil.Process, _all: Sequence[psutil.Process]) -> None:
    core.kill()


def hang(core: psutil.Process, _all: Sequence[psutil.Process]) -> None:
    core.suspend()


def take_memory(_core: psutil.Process, all_: Sequence[psutil.Process]) -> None:
    """They keep what they have, and whatever more they ask for is refused."""
    for process in all_:
        process.rlimit(psutil.RLIMIT_AS, (LITTLE_MEMORY, LITTLE_MEMORY))


WAYS = {"kill": kill, "hang": hang, "memory": take_memory}


def cycle(server: psutil.Process, seen: Seen, way: str) -> float:
    """End vLLM's process at some moment; seconds until another one has answered."""
    time.sleep(random.uniform(0.2, 1.5))
    processes = [
        child
        for child in server.children(recursive=True)
        if PROCESSES in child.name() and child.status() != psutil.STATUS_ZOMBIE
    ]
    (core,) = (child for child in processes if CORE in child.name())
    WAYS[way](core, processes)
    killed = time.monotonic()
    while core.is_running() and core.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() - killed > RECOVERY_SECONDS:
            raise TimeoutError("the process is still there")
        time.sleep(0.1)
    time.sleep(1.0)
    gone = time.monotonic()
    while seen.last_ok < gone:
        if time.monotonic() - gone > RECOVERY_SECONDS:
            raise TimeoutError("the server does not answer again")
        time.sleep(0.1)
    return time.monotonic() - killed


def main() -> None:
    """Print statuses, the longest wait, times to recover, and resources after each tenth."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kill_cycles")
    parser.add_argument("--cycles", type=int, default=10)
    parser.add_argument("--by", choices=WAYS, default="kill")
    given = parser.parse_args()
    num_cycles = given.cycles
    port = free_port()
    env = {"FORETYPE_SERVER_PORT": str(port), "FORETYPE_MODEL_ENGINE": "vllm"}
    recoveries: list[float] = []
    with program(["-m", "server"], port, "/readyz", **env) as server, Editors(port) as editors:
        time.sleep(5)
        held = [resources(server)]
        for number in range(1, num_cycles + 1):
            recoveries.append(cycle(server, editors.seen, given.by))
            if number % max(1, num_cycles // 10) == 0:
                held.append(resources(server))
    report = {
        "cycles": num_cycles,
        "by": given.by,
        "answers": dict(editors.seen.statuses),
        "longest_answer_seconds": round(editors.seen.longest_seconds, 3),
        "deadline_seconds": DEADLINE_SECONDS,
        "recovery_seconds": {
            "p50": round(statistics.median(recoveries), 1),
            "max": round(max(recoveries), 1),
        },
        "resources": held,
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
