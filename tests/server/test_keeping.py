"""Engines follow the plan that is wanted, and users the engines."""

import asyncio
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from model import Engines, FakeEngine
from rollout import Assigner, RolloutConfig, plan_of, stable_arm
from rollout.experiments import transitions
from rollout.experiments.document import read_fields
from rollout.experiments.state import RolloutState
from server.predictions import keep_engines

NOW = datetime(2026, 11, 30, tzinfo=UTC)
BASE = stable_arm(RolloutConfig())


def spec(key: str, release: str) -> dict[str, Any]:
    treatment = {"key": "treatment", "changes": {"release": release}}
    return {"key": key, "salt": f"{key}-1", "stages": [0.4, 1.0], "treatments": [treatment]}


async def test_one_that_loads_for_long_keeps_no_others_users() -> None:
    """A server that starts anew: what everybody has is there soon, what is tried is not."""
    fields = {"version": 1, "experiments": [spec("first", "quick"), spec("next", "slow")]}
    state = transitions.apply(RolloutState(), read_fields(fields))
    state = transitions.promote(transitions.start(state, "first", NOW), "first", NOW)
    plan = plan_of(BASE, transitions.start(state, "next", NOW))
    is_loaded = threading.Event()

    def build(release: str) -> FakeEngine:
        if release == "slow":
            is_loaded.wait(20)
        return FakeEngine(version=release)

    engines, assigner = Engines(FakeEngine(), build), Assigner(plan_of(BASE))
    await engines.start()
    assigner.want(plan, lambda arm: engines.of(arm.release) is not None)
    keeping = asyncio.create_task(keep_engines(engines, assigner, lambda: None))
    try:
        async with asyncio.timeout(15):
            while assigner.plan.stable.salt != "first-1":
                await asyncio.sleep(0.02)
            assert assigner.plan.experiments == ()
            is_loaded.set()
            while assigner.plan is not plan:
                await asyncio.sleep(0.02)
    finally:
        is_loaded.set()
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await engines.stop()
