"""Two servers and their Redis killed at random moments: is anything lost, or there twice?

Clients ask either server, report what became of predictions to either, and try the other one when
one is gone. Some go on with their session on the other server. In the end every report that was
answered must be taken from the log exactly once, and no region may have settled twice.
"""

import random
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.event_log.kills import NUM_CLIENTS, WORDS
from benchmarks.redis_server import RedisServer
from benchmarks.restarting import Restarting, running
from benchmarks.running import free_port
from eventlog import OutcomeRecord, Record, SettledRecord
from eventlog.brokers.stream_reading import StreamSource
from eventlog.opening import existing_keys
from eventlog.reading import ReadCounts, parse_line, to_record
from eventlog.shared_redis import PAUSE_SECONDS, SharedRedis
from server.data.state.redis_regions import LEASES

NUM_SERVERS = 2
SETTLE_SECONDS = 4.0
SAFE_SECONDS = 2.0
"""A region that was predicted so long before any kill, and before its session moved, is written
down; but for those that were predicted while a server left a killed Redis alone."""
MAX_SECONDS_ALIVE = 10.0
MAX_WAIT_SECONDS = 90.0
RETRY_SECONDS = 0.1
MOVES = 0.3
ADMIN = "an-administrators-token"
TEXT = "def area(width, height):\n    return "
LICENSE = (
    "MIT License. Permission is hereby granted, free of charge, to any person obtaining a copy of"
    " this software. The above copyright notice and this permission notice shall be included."
)


def shared_kills(num_kills: int) -> dict[str, Any]:
    """Kill a server or Redis so often, then compare what was answered with what is in the log."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        redis = RedisServer(folder / "redis")
        try:
            moments = random.Random(num_kills)
            servers = [_server(redis.url, folder) for _each in range(NUM_SERVERS)]
            clients = [_Client(f"user{number}", servers) for number in range(NUM_CLIENTS)]
            victims: list[Restarting | RedisServer] = [*servers, redis]
            killed_at: list[float] = []
            with running(servers), _asking(clients):
                for _each in range(num_kills):
                    time.sleep(moments.random() * MAX_SECONDS_ALIVE)
                    victim = moments.choice(victims)
                    killed_at.append(time.monotonic())
                    victim.kill()
                    if victim is redis:
                        redis.start()
                time.sleep(SAFE_SECONDS)
                for client in clients:
                    client.stop()
                _wait_until_settled(redis)
            return _compared(redis.url, folder, clients, killed_at)
        finally:
            redis.kill()


def _wait_until_settled(redis: RedisServer) -> None:
    """Whatever a server that is gone has watched, another one takes over, and lets it rest."""
    give_up = time.monotonic() + MAX_WAIT_SECONDS
    with redis.client() as client:
        while client.zcard(LEASES) and time.monotonic() < give_up:
            time.sleep(RETRY_SECONDS)


def _compared(
    url: str, folder: Path, clients: "list[_Client]", killed_at: list[float]
) -> dict[str, Any]:
    answered = {report for client in clients for report in client.answered}
    predicted = {name: when for client in clients for name, when in client.predicted.items()}
    safe = {
        name
        for name, when in predicted.items()
        if not any(
            -PAUSE_SECONDS - SAFE_SECONDS <= kill - when <= SAFE_SECONDS for kill in killed_at
        )
    }
    records = list(_records(url, folder))
    once = {record.event_id: record for record in records}.values()
    outcomes = Counter(
        (record.prediction_id, str(record.outcome))
        for record in once
        if isinstance(record, OutcomeRecord)
    )
    settled = Counter(each.prediction_id for each in once if isinstance(each, SettledRecord))
    return {
        "kills": len(killed_at),
        "reports_answered": len(answered),
        "sent_again": sum(client.num_again for client in clients),
        "of_them_known_already": sum(client.num_repeated for client in clients),
        "lost": len(answered - outcomes.keys()),
        "doubled": sum(count > 1 for count in (*outcomes.values(), *settled.values())),
        "lines_that_readers_leave_out": len(records) - len(once),
        "regions_predicted": len(predicted),
        "regions_settled": len(settled),
        "regions_written_down": len(safe),
        "of_them_not_settled": len(safe - settled.keys()),
    }


def _records(url: str, folder: Path) -> Iterator[Record]:
    keys = existing_keys(url, _master_key(folder)).key_named
    for line in StreamSource(SharedRedis(url)).lines():
        record = to_record(parse_line(line), ReadCounts(), keys)
        if record is not None:
            yield record


def _master_key(folder: Path) -> str:
    return f"file:{folder / 'master.key'}"


def _server(redis_url: str, folder: Path) -> Restarting:
    port = free_port()
    return Restarting(
        ["-m", "server"],
        port,
        "/readyz",
        FORETYPE_MODEL_ENGINE="fake",
        FORETYPE_SERVER_PORT=str(port),
        FORETYPE_DATA_REDIS=redis_url,
        FORETYPE_DATA_MASTER_KEY=_master_key(folder),
        FORETYPE_DATA_ADMIN_TOKEN=ADMIN,
        FORETYPE_DATA_SETTLE_SECONDS=str(SETTLE_SECONDS),
    )


@dataclass
class _Client:
    """Asks and reports, now here, now there, until it is told to stop."""

    user: str
    servers: list[Restarting]
    answered: list[tuple[str, str]] = field(default_factory=list)
    predicted: dict[str, float] = field(default_factory=dict)
    """When each prediction was answered."""
    num_again: int = 0
    num_repeated: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.user)
        self._is_over = False
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_over = True
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        with httpx.Client(timeout=10) as http:
            consent = {"project": "*", "policy_version": "1", "license_text": LICENSE}
            self._call(http, "PUT", f"/v1/users/{self.user}/consents", consent)
            number, sessions = 0, deque[tuple[float, str]]()
            while not self._is_over:
                number += 1
                session = f"window{number}"
                name = self._predict(http, session)
                words = WORDS[: self._random.randrange(1, 4)]
                outcomes = [{"prediction_id": name, "outcome": word} for word in words]
                self._report(http, outcomes)
                sessions.append((time.monotonic(), session))
                if time.monotonic() - sessions[0][0] > SAFE_SECONDS:
                    _when, session = sessions.popleft()
                    if self._random.random() < MOVES:
                        self._predict(http, session)

    def _predict(self, http: httpx.Client, session: str) -> str:
        body = {
            "path": "a.py", "text": TEXT, "cursor": len(TEXT), "user": self.user,
            "session": session, "project": "p", "can_collect_data": True,
            "in_open_source_repo": True,
        }  # fmt: skip
        name = str(self._call(http, "POST", "/v1/predict", body)["prediction_id"])
        self.predicted[name] = time.monotonic()
        return name

    def _report(self, http: httpx.Client, outcomes: list[dict[str, str]]) -> None:
        body = {"user": self.user, "outcomes": outcomes}
        receipt = self._call(http, "POST", "/v1/outcomes", body)
        if receipt["refused"]:
            raise RuntimeError(f"refused: {receipt}")
        self.num_repeated += receipt["repeated"]
        self.answered += [(each["prediction_id"], each["outcome"]) for each in outcomes]

    def _call(self, http: httpx.Client, method: str, path: str, body: Any) -> Any:
        """Until some server has answered."""
        headers = {"authorization": f"Bearer {ADMIN}"}
        while True:
            url = f"http://127.0.0.1:{self._random.choice(self.servers).port}{path}"
            try:
                answer = http.request(method, url, json=body, headers=headers)
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return answer.raise_for_status().json()
            except httpx.TransportError:
                pass
            self.num_again += path == "/v1/outcomes"
            time.sleep(RETRY_SECONDS)


@contextmanager
def _asking(clients: list[_Client]) -> Iterator[None]:
    for client in clients:
        client.start()
    try:
        yield
    finally:
        for client in clients:
            client.stop()
