"""A ramp that moves by itself: real server, store, log and judge; only time is short."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from model import EngineUnavailable, FakeAnswer, FakeEngine, GenerationRequest
from server.data import DataConfig
from tests.server.experiments.conftest import OpenOperator, Operator

NUM_USERS = 150
END_SECONDS = 90.0
GUARDRAILS = [
    {"metric": "empty_rate", "margin": 0.2},
    {"metric": "failure_rate", "margin": 0.2},
    {"metric": "slow_rate", "margin": 0.5},
]
QUICK = {"look_hours": 1 / 3600, "mature_seconds": 0.0}
OpenRamp = Callable[..., AbstractAsyncContextManager[Operator]]


@pytest.fixture
def open_ramp(open_operator: OpenOperator, tmp_path: Path) -> OpenRamp:
    """A server with a log, and an experiment that runs; judged every second."""

    @asynccontextmanager
    async def start(
        changes: dict[str, Any], engine: FakeEngine | None = None, **spec: Any
    ) -> AsyncIterator[Operator]:
        data = DataConfig(folder=tmp_path / "data", min_free_mb=0)
        engine = engine or FakeEngine(["1 + 1\n"])
        async with open_operator(engine, data, log=data.log_folder, **QUICK) as operator:
            await operator.run(
                treatments=[{"key": "treatment", "changes": changes}],
                guardrails=GUARDRAILS,
                **{"stages": [0.3, 0.4, 1.0], "min_stage_hours": 0, "min_users": 20} | spec,
            )
            await operator.until_revision(2)
            yield operator

    return start


async def until_status(operator: Operator, wanted: str) -> dict[str, Any]:
    """Users type on until the experiment stands there. Its last line in the history."""
    deadline = time.monotonic() + END_SECONDS
    number = 0
    while (await operator.get())["experiments"][0]["status"] != wanted:
        assert time.monotonic() < deadline
        number += 1
        body = {"path": "a.py", "text": f"x{number} = ", "cursor": len(f"x{number} = ")}
        for user in range(NUM_USERS):
            await operator.client.http.post("/v1/predict", json=body | {"user": f"user-{user}"})
        await asyncio.sleep(0.2)
    entries = (await operator.get("/history"))["entries"]
    return next(each for each in entries if each["action"] in ("promote", "rollback"))


async def test_what_is_no_worse_reaches_everybody(open_ramp: OpenRamp) -> None:
    async with open_ramp({"temperature": 0.1}) as operator:
        last = await until_status(operator, "promoted")
        history = (await operator.get("/history"))["entries"]
        assert (last["actor"], last["action"]) == ("controller", "promote")
        assert any("share of empty answers is safe" in reason for reason in last["reasons"])
        promotions = [each for each in history if each["action"] == "promote"]
        assert len(promotions) == 2
        assert (await operator.get())["stable"] == {"temperature": 0.1}
        await operator.until_revision(last["revision"])
        assert set(await operator.arms()) == {"stable control"}


async def test_what_is_worse_is_taken_back(open_ramp: OpenRamp) -> None:
    """A format that the model was never taught: its answers cannot be read."""
    async with open_ramp({"prompt_format": "V0318SeedMultiRegions"}) as operator:
        last = await until_status(operator, "rolled_back")
        assert last["reasons"][0].startswith("share of empty answers is worse: 100.0% against 0.0%")
        numbers = last["numbers"]["treatments"]["treatment"]["empty_rate"]
        assert numbers["standing"] == "harmed"
        await operator.until_revision(last["revision"])
        assert set(await operator.arms()) == {"stable control"}


async def test_what_fails_is_taken_back(open_ramp: OpenRamp) -> None:
    def fail_when_hot(request: GenerationRequest) -> FakeAnswer:
        is_hot = request.sampling.temperature > 0.5
        return FakeAnswer(error=EngineUnavailable("down")) if is_hot else FakeAnswer("1 + 1\n")

    async with open_ramp({"temperature": 0.9}, FakeEngine(fail_when_hot)) as operator:
        last = await until_status(operator, "rolled_back")
        worse = "share of failed requests is worse: 100.0% against 0.0%"
        assert any(reason.startswith(worse) for reason in last["reasons"])
