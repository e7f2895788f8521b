"""A ramp with real parts and nobody's help: server, Redis, event log, embedded models, typists.

    python -m benchmarks.rollout_ramp worse     the shipped student against one that is damaged
    python -m benchmarks.rollout_ramp better    the damaged one serves, the shipped one is tried

Typists stop in the middle of lines of this repository and take a prediction that goes on as the
line really does. Only time is short: a look each ten seconds.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import torch
from safetensors.torch import load_file, save_file

from benchmarks.redis_server import RedisServer
from benchmarks.running import free_port, program
from model.weights.folder import file_sha256
from model.weights.release import RELEASES
from model.weights.release_record import ReleasedFile, ReleaseRecord
from rollout.assignment import place_of

SHIPPED = "first-student"
WEIGHTS = "adapter_model.safetensors"
TOKEN = "the-operators-token"
NUM_USERS = 400
MAX_SECONDS = 1500.0
SALT = "ramp-1"
STAGES = [0.15, 0.20, 1.0]
SOURCE = Path(__file__).parents[1] / "quality"
MIN_LINE_CHARS = 30


def main() -> int:
    """Print how it went as JSON. 0 if it ended as it should."""
    parser = argparse.ArgumentParser("python -m benchmarks.rollout_ramp")
    parser.add_argument("kind", choices=("worse", "better"))
    kind = parser.parse_args().kind
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        damaged = str(_damaged(folder / "damaged-student"))
        serving, tried = (SHIPPED, damaged) if kind == "worse" else (damaged, SHIPPED)
        redis = RedisServer(folder / "redis")
        try:
            found = _ramp(folder, redis.url, serving, tried)
        finally:
            redis.kill()
    print(json.dumps({"tried": kind, **found}, indent=2))
    return int(found["status"] != {"worse": "rolled_back", "better": "promoted"}[kind])


def _ramp(folder: Path, redis_url: str, serving: str, tried: str) -> dict[str, Any]:
    port = free_port()
    settings = {
        "FORETYPE_SERVER_PORT": str(port),
        "FORETYPE_MODEL_RELEASE": serving,
        "FORETYPE_DATA_FOLDER": str(folder / "data"),
        "FORETYPE_DATA_MIN_FREE_MB": "0",
        "FORETYPE_EXPERIMENTS_STORE": redis_url,
        "FORETYPE_EXPERIMENTS_ADMIN_TOKEN": TOKEN,
        "FORETYPE_EXPERIMENTS_LOG": str(folder / "data" / "log"),
        "FORETYPE_EXPERIMENTS_LOOK_HOURS": str(10 / 3600),
        "FORETYPE_EXPERIMENTS_MATURE_SECONDS": "0",
        "FORETYPE_EXPERIMENTS_OBJECTIVE_MS": "3000",
    }
    with (
        program(["-m", "server"], port, "/readyz", **settings),
        httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"authorization": f"Bearer {TOKEN}"},
            timeout=60,
        ) as http,
    ):
        _start(http, tried)
        return _watch(http)


def _start(http: httpx.Client, tried: str) -> None:
    """The experiment, and its model in memory before anybody types."""
    spec = {
        "key": "ramp",
        "salt": SALT,
        "treatments": [{"key": "treatment", "changes": {"release": tried}}],
        "stages": STAGES,
        "min_users": 20,
        "min_stage_hours": 0,
        "guardrails": [
            {"metric": "acceptance_rate", "margin": 0.1},
            {"metric": "empty_rate", "margin": 0.3},
            {"metric": "failure_rate", "margin": 0.1},
        ],
    }
    body = {"document": {"version": 1, "experiments": [spec]}}
    http.put("/v1/rollout/document", json=body).raise_for_status()
    http.post("/v1/rollout/experiments/ramp/start", json={}).raise_for_status()
    while len(http.get("/v1/models").raise_for_status().json()["data"]) < 2:
        time.sleep(0.5)


def _watch(http: httpx.Client) -> dict[str, Any]:
    """Users who are measured type on until something has been decided for good."""
    started = time.monotonic()
    users = [f"user-{number}" for number in range(NUM_USERS)]
    users = [user for user in users if not 0.2 <= place_of(SALT, user) < 0.8]
    num_asked: dict[str, int] = {}
    num_accepted: dict[str, int] = {}
    shares: list[list[float]] = []
    moments = _moments()
    while time.monotonic() - started < MAX_SECONDS:
        for user in users:
            arm, is_accepted = _type(http, user, next(moments))
            num_asked[arm] = num_asked.get(arm, 0) + 1
            num_accepted[arm] = num_accepted.get(arm, 0) + is_accepted
            share = _share(http)
            if not shares or shares[-1][1] != share:
                shares.append([round(time.monotonic() - started, 1), share])
            if not share:
                break
        status = http.get("/v1/rollout").json()["experiments"][0]["status"]
        if status in ("rolled_back", "promoted"):
            break
    entries = http.get("/v1/rollout/history").json()["entries"]
    return {
        "status": status,
        "seconds": round(time.monotonic() - started),
        "asked": num_asked,
        "accepted": num_accepted,
        "share_in_metrics": shares,
        "history": [
            [each["actor"], each["action"], each["reasons"][:1]] for each in reversed(entries)
        ],
    }


@dataclass(frozen=True)
class _Moment:
    """A line half typed, and what it goes on with."""

    body: Mapping[str, Any]
    wanted: str


def _moments() -> Iterator[_Moment]:
    """In the middle of long lines of our own source, the same order every time."""
    source = random.Random(0)
    paths = sorted(SOURCE.rglob("*.py"))
    while True:
        path = source.choice(paths)
        lines = path.read_text().splitlines()
        rows = [row for row, line in enumerate(lines) if len(line.lstrip()) >= MIN_LINE_CHARS]
        if not rows:
            continue
        row = source.choice(rows)
        line = lines[row]
        indentation = len(line) - len(line.lstrip())
        at = source.randrange(indentation + 8, len(line) - 8)
        before = "\n".join([*lines[:row], line[:at]])
        text = before + "\n" + "\n".join(lines[row + 1 :]) + "\n"
        diff = f"@@ -{row + 1},1 +{row + 1},1 @@\n-{line[:indentation]}\n+{line[:at]}\n"
        events = [{"path": path.name, "diff": diff}]
        body = {"path": path.name, "text": text, "cursor": len(before.encode()), "events": events}
        yield _Moment(body, line[at:])


def _type(http: httpx.Client, user: str, moment: _Moment) -> tuple[str, bool]:
    """The arm that answered, and whether its prediction was taken."""
    answer = http.post("/v1/predict", json={**moment.body, "user": user})
    if answer.status_code != httpx.codes.OK:
        return "failed", False
    prediction = answer.json()
    arm, edits = f"{prediction['experiment']} {prediction['arm']}", prediction["edits"]
    if not edits:
        return arm, False
    new_text = edits[0]["new_text"].split("\n")[0]
    is_accepted = bool(new_text.strip()) and moment.wanted.startswith(new_text.rstrip())
    word = "accepted" if is_accepted else "rejected"
    outcomes = [
        {"prediction_id": prediction["prediction_id"], "outcome": each, "was_shown": True}
        for each in ("shown", word)
    ]
    body = {"user": user, "outcomes": outcomes}
    http.post("/v1/outcomes", json=body).raise_for_status()
    return arm, is_accepted


def _share(http: httpx.Client) -> float:
    rows = http.get("/metrics").text.splitlines()
    found = [row for row in rows if row.startswith("foretype_rollout_share{")]
    return float(found[0].rsplit(" ", 1)[1]) if found else 0.0


def _damaged(folder: Path) -> Path:
    """The shipped student with the rows of its matrices shuffled: whole, and of no use."""
    shutil.copytree(RELEASES / SHIPPED, folder)
    source = torch.Generator().manual_seed(0)
    tensors = {
        name: tensor[torch.randperm(len(tensor), generator=source)].contiguous()
        for name, tensor in load_file(folder / WEIGHTS).items()
    }
    save_file(tensors, folder / WEIGHTS)
    record = ReleaseRecord.model_validate_json((folder / "release.json").read_text())
    weights = folder / WEIGHTS
    file = ReleasedFile(size=weights.stat().st_size, sha256=file_sha256(weights))
    changed = record.model_copy(
        update={"name": "damaged-student", "files": {**record.files, WEIGHTS: file}}
    )
    changed = changed.model_copy(update={"version": changed.computed_version()})
    (folder / "release.json").write_text(changed.model_dump_json())
    return folder


if __name__ == "__main__":
    sys.exit(main())
