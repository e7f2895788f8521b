"""Servers, controllers and Redis killed at random moments of ramps: is anything lost, or served
that was taken back?

    python -m benchmarks.rollout_kills [--count 100]

An operator starts, widens and rolls back one experiment after the other. Meanwhile users are served
by two servers, two controllers look every second, and somebody kills one of them all, or Redis.
"""

import argparse
import json
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from benchmarks.redis_server import RedisServer
from benchmarks.restarting import Restarting, running
from benchmarks.running import free_port
from prompt_format import FORMATS
from rollout import RefusedChange, RolloutError, StaleRevision, StoreUnavailable
from rollout.desk import Action, RolloutDesk, Wish
from rollout.experiments.catalogue import Catalogue
from rollout.experiments.document import RolloutDocument, read_fields
from rollout.store.base import AuditEntry
from rollout.store.opening import open_store

MAX_SECONDS_ALIVE = 3.0
MAX_PAUSE_SECONDS = 1.5
FOLLOW_SECONDS = 2.0
"""So long after it is on record may a treatment that was taken back still be served."""
WAIT_SECONDS = 60.0
STAGES = (0.3, 0.4, 1.0)


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser("python -m benchmarks.rollout_kills")
    parser.add_argument("--count", type=int, default=100)
    print(json.dumps(kills(parser.parse_args().count), indent=2))


def kills(num_kills: int) -> dict[str, Any]:
    """Kill so often, then compare what was done with what is on record and what was served."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        redis = _Redis(folder / "redis")
        try:
            servers = [_server(redis.url) for _each in range(2)]
            controllers = [_controller(redis.url, folder) for _each in range(2)]
            operator, users = _Operator(redis.url), _Users(servers)
            moments = random.Random(num_kills)
            victims: list[Restarting | _Redis] = [*servers, *controllers, redis]
            with running([*servers, *controllers]), _at_work(operator.work, users.work):
                for _each in range(num_kills):
                    time.sleep(moments.random() * MAX_SECONDS_ALIVE)
                    moments.choice(victims).kill()
                time.sleep(FOLLOW_SECONDS)
            return _compared(operator, users, redis, num_kills)
        finally:
            redis.end()


def _compared(
    operator: "_Operator", users: "_Users", redis: "_Redis", num_kills: int
) -> dict[str, Any]:
    entries = list(reversed(operator.history()))
    saved = [entry for entry in entries if entry.state is not None]
    marks = Counter(reason for entry in saved for reason in entry.reasons)
    late = [each for each in users.treated if _is_late(each, operator.rolled_back, redis.downs)]
    return {
        "kills": num_kills,
        "changes_acknowledged": len(operator.acknowledged),
        "lost": sum(marks[mark] == 0 for mark in operator.acknowledged),
        "doubled": sum(count > 1 for count in marks.values()),
        "revisions_in_a_row": [e.revision for e in saved] == list(range(1, len(saved) + 1)),
        "stages_skipped": _num_skipped(saved),
        "looks_on_record": len(entries) - len(saved),
        "looks_on_record_twice": len(entries) - len({entry.entry_id for entry in entries}),
        "answers": users.num_answers,
        "answers_by_treatments": len(users.treated),
        "of_them_after_the_treatment_was_taken_back": len(late),
    }


def _is_late(
    answer: "_Treated", rolled_back: dict[str, float], downs: list[tuple[float, float]]
) -> bool:
    """Nobody can follow a Redis that is away: time counts from when it was back."""
    taken_back = rolled_back.get(answer.experiment)
    if taken_back is None or answer.asked < taken_back + FOLLOW_SECONDS:
        return False
    return not any(down < answer.asked and answer.asked < up + FOLLOW_SECONDS for down, up in downs)


def _num_skipped(saved: list[AuditEntry]) -> int:
    """Changes by which an experiment moved by more than one stage."""
    before: dict[str, int] = {}
    skipped = 0
    for entry in saved:
        assert entry.state is not None
        for key, progress in entry.state.progress.items():
            skipped += progress.stage > before.get(key, 0) + 1
            before[key] = progress.stage
    return skipped


def _server(redis_url: str) -> Restarting:
    port = free_port()
    return Restarting(
        ["-m", "server"],
        port,
        "/readyz",
        FORETYPE_MODEL_ENGINE="fake",
        FORETYPE_SERVER_PORT=str(port),
        FORETYPE_EXPERIMENTS_STORE=redis_url,
    )


def _controller(redis_url: str, folder: Path) -> Restarting:
    """It looks at an empty log, so that it only ever holds: what moves is the operator's."""
    (folder / "log").mkdir(exist_ok=True)
    look = ["--log", str(folder / "log"), "--look-hours", str(1 / 3600)]
    return Restarting(["-m", "rollout", "run", "--store", redis_url, *look], 0, "")


class _Redis:
    """Notes when it was away."""

    def __init__(self, folder: Path) -> None:
        self._server = RedisServer(folder)
        self.url = self._server.url
        self.downs: list[tuple[float, float]] = []

    def kill(self) -> None:
        killed = time.monotonic()
        self._server.kill()
        self._server.start()
        self.downs.append((killed, time.monotonic()))

    def end(self) -> None:
        self._server.kill()


@contextmanager
def _at_work(*works: Callable[[threading.Event], None]) -> Iterator[None]:
    """Each on a thread, told when it is over at the end of the block."""
    is_over = threading.Event()
    threads = [threading.Thread(target=work, args=(is_over,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


class _Operator:
    """One ramp after the other. Each change has a mark of its own, to be found by."""

    def __init__(self, redis_url: str) -> None:
        self._desk = RolloutDesk(open_store(redis_url), Catalogue(FORMATS))
        self._moments = random.Random(redis_url)
        self._number = 0
        self.acknowledged: list[str] = []
        self.rolled_back: dict[str, float] = {}

    def history(self) -> list[AuditEntry]:
        return list(self._desk.history(1_000_000))

    def work(self, is_over: threading.Event) -> None:
        ramp = 0
        while not is_over.is_set():
            ramp += 1
            self._ramp(ramp, f"ramp-{ramp}")

    def _ramp(self, version: int, key: str) -> None:
        treatment = {"key": "treatment", "changes": {"temperature": 0.5}}
        spec = {"key": key, "salt": key, "stages": STAGES, "treatments": [treatment]}
        document = read_fields({"version": version, "experiments": [spec]})
        self._do(partial(self._apply, document))
        for action in (Action.START, Action.PROMOTE, Action.ROLL_BACK):
            time.sleep(self._moments.random() * MAX_PAUSE_SECONDS)
            self._do(partial(self._act, action, key))
        self.rolled_back[key] = time.monotonic()
        time.sleep(FOLLOW_SECONDS + 1.0)

    def _apply(self, document: RolloutDocument, mark: str) -> None:
        self._desk.apply(document, "operator", [mark])

    def _act(self, action: Action, key: str, mark: str) -> None:
        self._desk.carry_out(Wish(action, key, "operator", [mark]))

    def _do(self, change: Callable[[str], object]) -> None:
        """Until it is acknowledged, or found on record after an answer was lost."""
        self._number += 1
        mark = f"change-{self._number}"
        give_up = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < give_up:
            try:
                if self._number > 1 and self._is_on_record(mark):
                    break
                change(mark)
                break
            except (StoreUnavailable, StaleRevision, RefusedChange):
                time.sleep(0.05)
        else:
            raise RolloutError(f"{mark} could not be made")
        self.acknowledged.append(mark)

    def _is_on_record(self, mark: str) -> bool:
        return any(mark in entry.reasons for entry in self._desk.history(20))


@dataclass(frozen=True)
class _Treated:
    """An answer of a treatment, and when it was asked for."""

    experiment: str
    asked: float


class _Users:
    """Ask both servers in turn. Some of them are in each treatment."""

    def __init__(self, servers: list[Restarting]) -> None:
        self._servers = servers
        self.treated: list[_Treated] = []
        self.num_answers = 0

    def work(self, is_over: threading.Event) -> None:
        number = 0
        with httpx.Client(timeout=5) as http:
            while not is_over.is_set():
                number += 1
                server = self._servers[number % len(self._servers)]
                asked = time.monotonic()
                body = {"path": "a.py", "text": "x = ", "cursor": 4, "user": f"user-{number % 40}"}
                try:
                    answer = http.post(f"http://127.0.0.1:{server.port}/v1/predict", json=body)
                except httpx.TransportError:
                    time.sleep(0.05)
                    continue
                if answer.status_code != httpx.codes.OK:
                    continue
                self.num_answers += 1
                found = answer.json()
                if found["arm"] == "treatment":
                    self.treated.append(_Treated(found["experiment"], asked))


if __name__ == "__main__":
    main()
