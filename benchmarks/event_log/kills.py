"""The server killed at random moments while clients report: is anything lost, or there twice?

Clients report outcomes in small batches. What was not answered when the server died they send
again to the next one, as real clients do. In the end every report that was answered must stand in
the log exactly once, and every segment must be whole.
"""

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.running import free_port, program
from eventlog import OutcomeRecord
from eventlog.checking import check
from eventlog.opening import open_keys, segments_of
from eventlog.reading import read_records

NUM_CLIENTS = 3
BATCH = 3
WORDS = ("shown", "accepted", "replaced", "discarded", "rejected")
MAX_SECONDS_ALIVE = 1.0
Report = tuple[str, str]


def kills(num_kills: int) -> dict[str, Any]:
    """Kill a server so often, then compare what was answered with what is in the log."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        moments = random.Random(num_kills)
        clients = [_Client(f"user{number}") for number in range(NUM_CLIENTS)]
        for _each in range(num_kills):
            with _server(data) as (port, process), _reporting(clients, port):
                time.sleep(moments.random() * MAX_SECONDS_ALIVE)
                process.kill()
        with _server(data) as (port, _process):
            for client in clients:
                client.send_left(port)
        return _compared(data, clients, num_kills)


def _compared(data: Path, clients: "list[_Client]", num_kills: int) -> dict[str, Any]:
    answered = {report for client in clients for report in client.answered}
    found = Counter(
        (record.prediction_id, str(record.outcome))
        for record in read_records(segments_of(data / "log"), keys=open_keys(data).key_named)
        if isinstance(record, OutcomeRecord)
    )
    return {
        "kills": num_kills,
        "reports_answered": len(answered),
        "sent_again": sum(client.num_again for client in clients),
        "of_them_known_already": sum(client.num_repeated for client in clients),
        "lost": len(answered - found.keys()),
        "doubled": sum(count > 1 for count in found.values()),
        "segments_not_whole": sum(report.problem is not None for report in check(data / "log")),
    }


@dataclass
class _Client:
    """Asks for predictions and reports what became of them, until the server is gone."""

    user: str
    answered: list[Report] = field(default_factory=list)
    left: list[Report] = field(default_factory=list)
    """Sent, and not answered."""
    num_again: int = 0
    num_repeated: int = 0

    def run(self, port: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
            try:
                self._send(http, self.left)
                while True:
                    body = {"path": "a.py", "text": "x = ", "cursor": 4, "user": self.user}
                    answer = http.post("/v1/predict", json=body).raise_for_status()
                    prediction_id = answer.json()["prediction_id"]
                    words = WORDS[:BATCH]
                    self._send(http, [(prediction_id, word) for word in words])
            except httpx.HTTPError:
                return

    def send_left(self, port: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
            self._send(http, self.left)

    def _send(self, http: httpx.Client, reports: list[Report]) -> None:
        if not reports:
            return
        self.num_again += len(reports) if reports is self.left else 0
        self.left = list(reports)
        outcomes = [{"prediction_id": name, "outcome": word} for name, word in reports]
        answer = http.post("/v1/outcomes", json={"user": self.user, "outcomes": outcomes})
        receipt = answer.raise_for_status().json()
        if receipt["refused"]:
            raise RuntimeError(f"refused: {receipt}")
        self.num_repeated += receipt["repeated"]
        self.answered += reports
        self.left = []


@contextmanager
def _reporting(clients: list[_Client], port: int) -> Iterator[None]:
    threads = [threading.Thread(target=client.run, args=(port,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join()


@contextmanager
def _server(data: Path) -> Iterator[tuple[int, psutil.Process]]:
    """A ready server on the fake engine; ended, if it has not been."""
    port = free_port()
    settings = {
        "FORETYPE_MODEL_ENGINE": "fake",
        "FORETYPE_SERVER_PORT": str(port),
        "FORETYPE_DATA_FOLDER": str(data),
        "FORETYPE_DATA_MIN_FREE_MB": "0",
    }
    with program(["-m", "server"], port, "/readyz", **settings) as process:
        yield port, process
