"""The real router, started as the chart starts it, in front of two servers."""

import contextlib
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.deployment.chart import ALL_VALUES, ROOT, container, render
from tests.deployment.processes import free_port, running, wait_until
from tests.deployment.router import healthy_workers, router_command

SESSION_HEADER = "x-session-id"
SESSIONS = [f"session-{number}" for number in range(40)]
BODY = {
    "model": "m",
    "prompt": [1, 2, 3],
    "max_tokens": 8,
    "stream": False,
    "cache_salt": "tenant",
    "vllm_xargs": {"drafts": [4, 5]},
    "return_token_ids": True,
}


@dataclass(frozen=True)
class Pool:
    """Two workers by name, and the router's client."""

    http: httpx.Client
    workers: dict[str, Any]

    def worker_of(self, session: str) -> str:
        """Who answers this session. Raises ``httpx.HTTPStatusError``."""
        answer = self.http.post("/v1/completions", json=BODY, headers={SESSION_HEADER: session})
        return str(answer.raise_for_status().json()["worker"])


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """A router that is ready, with both of its workers healthy."""
    logs = tmp_path_factory.mktemp("router")
    ports = {"one": free_port(), "two": free_port()}
    with contextlib.ExitStack() as stack:

        def start(name: str, command: list[str]) -> Any:
            return stack.enter_context(
                running(command, log=logs / name, cwd=ROOT, environment=os.environ)
            )

        worker = str(Path(__file__).with_name("worker.py"))
        workers = {
            name: start(name, [sys.executable, worker, name, str(port)])
            for name, port in ports.items()
        }
        port = free_port()
        urls = [f"http://127.0.0.1:{worker_port}" for worker_port in ports.values()]
        start("router", router_command(port, urls))
        http = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30))
        wait_until(lambda: healthy_workers(http) == 2, logs / "router")
        yield Pool(http, workers)


def test_the_probes_are_answered(pool: Pool) -> None:
    only = container(render(ALL_VALUES["fleet"]), "router")
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert pool.http.get(only[probe]["httpGet"]["path"]).status_code == 200


def test_a_session_stays_with_its_worker(pool: Pool) -> None:
    before = {session: pool.worker_of(session) for session in SESSIONS}
    assert min(Counter(before.values()).values()) >= 10
    for _ in range(3):
        assert {session: pool.worker_of(session) for session in SESSIONS} == before


def test_what_only_vllm_understands_reaches_it(pool: Pool) -> None:
    answer = pool.http.post("/v1/completions", json=BODY, headers={SESSION_HEADER: "s"})
    assert answer.json()["body"].items() >= BODY.items()


def test_no_request_fails_when_a_worker_is_killed(pool: Pool) -> None:
    before = {session: pool.worker_of(session) for session in SESSIONS}
    pool.workers["one"].kill()
    pool.workers["one"].wait()
    for _ in range(3):
        assert {pool.worker_of(session) for session in SESSIONS} == {"two"}
    assert "one" in before.values()
