"""What a prediction pays for being recorded and watched."""

import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from benchmarks.event_log.users import ADMIN_TOKEN, USER
from benchmarks.running import Caller, free_port, milliseconds, percentile, program
from benchmarks.server_overhead import NUM_WARM_UP, body
from model import GenerationStats
from prompt_format import Edit, TextRange
from rollout import Assigner, Assignment, RolloutConfig, plan_of, stable_arm
from server.data import DataConfig, build_data
from server.predictions import Ask, Prediction
from server.predictions.values import Region, Source
from server.wire.predict import PredictRequest
from server.wire.to_domain import receive

ASSIGNER = Assigner(plan_of(stable_arm(RolloutConfig())))
PAUSES = {"50 predictions a second": 0.02, "one after another": 0.0}


def path(num_records: int) -> dict[str, Any]:
    """Two servers on the fake engine, called in turn: one records everything, one nothing.

    And what the service itself pays in a call: the two notes that it hands over, in microseconds.
    """
    with tempfile.TemporaryDirectory() as folder:
        http = _http(num_records, Path(folder))
    handed_over = {}
    for name, pause in PAUSES.items():
        with tempfile.TemporaryDirectory() as folder:
            calls = asyncio.run(_calls(num_records, Path(folder), pause))
        handed_over[name] = {part: _microseconds(values) for part, values in calls.items()}
    return {"http": http, "handed_over_us": handed_over}


def _http(num_requests: int, folder: Path) -> dict[str, Any]:
    recording, plain = free_port(), free_port()
    settings = {
        "FORETYPE_DATA_FOLDER": str(folder / "data"),
        "FORETYPE_DATA_ADMIN_TOKEN": ADMIN_TOKEN,
    }
    fake = {"FORETYPE_MODEL_ENGINE": "fake"}
    with (
        program(
            ["-m", "server"],
            recording,
            "/readyz",
            FORETYPE_SERVER_PORT=str(recording),
            **fake,
            **settings,
        ),
        program(["-m", "server"], plain, "/readyz", FORETYPE_SERVER_PORT=str(plain), **fake),
    ):
        _consent(recording)
        callers = {"recording": Caller(recording), "plain": Caller(plain)}
        payload = _payload()
        seconds: dict[str, list[float]] = {name: [] for name in callers}
        for number in range(NUM_WARM_UP + num_requests):
            for name, caller in callers.items():
                spent, _answer = caller.timed("/v1/predict", payload)
                if number >= NUM_WARM_UP:
                    seconds[name].append(spent)
    return {name: milliseconds(values) for name, values in seconds.items()}


def _consent(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
        http.put(
            f"/v1/users/{USER}/consents",
            json={"project": "*", "policy_version": "1"},
            headers={"authorization": f"Bearer {ADMIN_TOKEN}"},
        ).raise_for_status()


def _payload() -> bytes:
    request = json.loads(body())
    request |= {"can_collect_data": True, "in_open_source_repo": True, "user": USER}
    return json.dumps(request).encode()


async def _calls(num_calls: int, folder: Path, pause: float) -> dict[str, list[float]]:
    """Seconds that the event loop spends on the notes of one prediction.

    ``nothing`` are two calls that do nothing, at the same moments: what the clock itself sees.
    """
    config = DataConfig(folder=folder, admin_token=ADMIN_TOKEN)
    data = build_data(config, CollectorRegistry())
    data.start()
    assert data.desk is not None
    await data.desk.consents.grant(USER, "*", "1", "benchmark", None)
    payload = _payload()
    seconds: dict[str, list[float]] = {"recording": [], "nothing": []}
    for number in range(num_calls):
        # What a request does before, so that the processor is as awake as it then is.
        request = PredictRequest.model_validate_json(payload)
        ask = receive(request, str(number), time.monotonic() + 60).ask
        prediction = _prediction(ask)
        for name, follower in (("nothing", _Nobody()), ("recording", data.follower)):
            started = time.perf_counter()
            follower.asked(ask)
            follower.answered(ask, prediction)
            seconds[name].append(time.perf_counter() - started)
        await asyncio.sleep(pause)
    await asyncio.to_thread(data.stop)
    return seconds


class _Nobody:
    """A follower that does nothing."""

    def asked(self, ask: Ask) -> None:
        pass

    def gave_up(self, ask: Ask) -> None:
        pass

    def failed(self, ask: Ask, assignment: Assignment, model_version: str, code: str) -> None:
        pass

    def left(self, ask: Ask, assignment: Assignment, model_version: str, seconds: float) -> None:
        pass

    def answered(self, ask: Ask, prediction: Prediction) -> str:
        return ""


def _prediction(ask: Ask) -> Prediction:
    assignment = ASSIGNER.assign(USER)
    cursor = ask.prompt_input.cursor_offset_in_excerpt
    at = TextRange(start=cursor, end=cursor)
    return Prediction(
        request_id=ask.request_id,
        assignment=assignment,
        model_version="m1",
        edit=Edit(at, "total += 1\n", None),
        reason=None,
        region=Region(at, ""),
        stats=GenerationStats(),
        seconds={"total": 0.1},
        source=Source.MODEL,
        output="total += 1\n",
    )


def _microseconds(seconds: Sequence[float]) -> dict[str, float]:
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    return {name: round(percentile(seconds, share) * 1e6, 1) for name, share in shares.items()}
