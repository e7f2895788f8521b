"""A ramp with real parts and nobody's help: servers, Redis, shared log, embedded models, typists.

Only time is short: a look every ten seconds.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx

from benchmarks.restarting import Restarting, running
from benchmarks.rollout.damaging import SHIPPED, damaged
from benchmarks.rollout.fleet import OPERATORS_TOKEN, at_work, build_fleet
from benchmarks.rollout.typists import Typists
from benchmarks.rollout.watching import Watcher
from rollout.assignment import place_of
from rollout.experiments.state import Status

NUM_USERS = 400
NUM_CONTROLLERS = 2
MAX_SECONDS = 1500.0
LOOK_SECONDS = 2.0
SALT = "ramp-1"
STAGES = [0.15, 0.20, 1.0]
LOOK = {
    "--look-hours": str(10 / 3600),
    "--mature-seconds": "5",
    "--objective-ms": "3000",
}
SETTINGS = {"FORETYPE_DATA_SETTLE_SECONDS": "1", "FORETYPE_EXPERIMENTS_OBJECTIVE_MS": "3000"}
GUARDRAILS = [
    {"metric": "kept_rate", "margin": 0.1},
    {"metric": "acceptance_rate", "margin": 0.1},
    {"metric": "slow_rate", "margin": 0.3},
    {"metric": "failure_rate", "margin": 0.1},
    {"metric": "empty_rate", "margin": 0.3},
    {"metric": "reversal_ratio", "margin": 0.2},
]
"""Margins as wide as some dozens of users need."""


class Kind(StrEnum):
    """What the treatment is."""

    WORSE = "worse"
    BETTER = "better"


def ramp(kind: Kind, num_servers: int) -> dict[str, Any]:
    """Until something was decided for good, by whoever of the controllers leads."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        useless = str(damaged(folder / "damaged-student"))
        serving, tried = (SHIPPED, useless) if kind is Kind.WORSE else (useless, SHIPPED)
        settings = {**SETTINGS, "FORETYPE_MODEL_RELEASE": serving}
        fleet = build_fleet(folder, num_servers, NUM_CONTROLLERS, LOOK, settings)
        try:
            with running(fleet.programs):
                figures = _ramp(fleet.servers, tried)
        finally:
            fleet.redis.end()
    wanted = {Kind.WORSE: Status.ROLLED_BACK, Kind.BETTER: Status.PROMOTED}[kind]
    return {"tried": kind, "is_as_it_should": figures["status"] == wanted, **figures}


def _ramp(servers: Sequence[Restarting], tried: str) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {OPERATORS_TOKEN}"}
    operator = httpx.Client(
        base_url=f"http://127.0.0.1:{servers[0].port}", headers=headers, timeout=60
    )
    users = [f"user-{number}" for number in range(NUM_USERS)]
    measured = [user for user in users if not STAGES[1] <= place_of(SALT, user) < 1 - STAGES[1]]
    typists = [
        Typists(server.port, measured[number :: len(servers)], number)
        for number, server in enumerate(servers)
    ]
    watcher = Watcher(servers)
    with operator:
        _start(operator, servers, tried)
        started = time.time()
        with at_work([watcher.work, *(each.work for each in typists)]):
            status = _wait(operator)
        history = operator.get("/v1/rollout/history?limit=1000").raise_for_status()
    entries = history.json()["entries"]
    shares: dict[float, float] = {}
    for sample in watcher.samples:
        shares.setdefault(sum(sample.shares.values()), round(sample.asked - started, 1))
    return {
        "status": status,
        "seconds": round(time.time() - started),
        "servers": len(servers),
        "asked": sum((each.asked for each in typists), Counter()),
        "accepted": sum((each.accepted for each in typists), Counter()),
        "shares_in_metrics_since": shares,
        "holds": sum(each["action"] == "hold" for each in entries),
        "moves": [
            [each["actor"], each["action"], *each["reasons"]]
            for each in reversed(entries)
            if each["action"] != "hold"
        ],
    }


def _start(operator: httpx.Client, servers: Sequence[Restarting], tried: str) -> None:
    """The experiment, with its model in the memory of all servers before anybody types."""
    for server in servers:
        _wait_for_models(server.port, 1)
    spec = {
        "key": "ramp",
        "salt": SALT,
        "treatments": [{"key": "treatment", "changes": {"release": tried}}],
        "stages": STAGES,
        "min_users": 20,
        "min_stage_hours": 0,
        "guardrails": GUARDRAILS,
    }
    body = {"document": {"version": 1, "experiments": [spec]}}
    operator.put("/v1/rollout/document", json=body).raise_for_status()
    operator.post("/v1/rollout/experiments/ramp/start", json={}).raise_for_status()
    for server in servers:
        _wait_for_models(server.port, 2)


def _wait_for_models(port: int, number: int) -> None:
    give_up = time.monotonic() + MAX_SECONDS
    while time.monotonic() < give_up:
        try:
            models = httpx.get(f"http://127.0.0.1:{port}/v1/models", timeout=10)
            if models.status_code == httpx.codes.OK and len(models.json()["data"]) >= number:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise TimeoutError("the models did not get ready")


def _wait(operator: httpx.Client) -> str:
    give_up = time.monotonic() + MAX_SECONDS
    while True:
        found = operator.get("/v1/rollout").raise_for_status().json()["experiments"][0]
        status = str(found["status"])
        if Status(status).is_over or time.monotonic() > give_up:
            return status
        time.sleep(LOOK_SECONDS)
