"""While a user pauses at a prediction, what comes after accepting it is generated."""

import asyncio
import time
from typing import Any

import pytest

from model import EngineUnavailable, FakeAnswer, FakeEngine, FakePace, GenerationRequest
from server.sessions import SessionsConfig
from server.settings import Settings
from tests.server.conftest import Client, MakeClient

BEFORE = {"path": "a.py", "text": "a = \n", "cursor": 4, "session": "s"}
AFTER = {"path": "a.py", "text": "a = 1\n", "cursor": 5, "session": "s"}
REGION = {"prompt_format": "foretype-region"}
SECOND = "a = 1 + 2<jupyter_output>"
PAUSED_SECONDS = 0.5
"""Longer than the pause after which an answer is prefetched."""


def engine(pace: FakePace | None = None, second: str | FakeAnswer = SECOND) -> FakeEngine:
    return FakeEngine(["warm-up\n", "a = 1<jupyter_output>", second, "other\n"], pace)


async def ask(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    return await client.predict(**body, **REGION)


async def has_prefetched(client: Client) -> None:
    async with asyncio.timeout(5):
        while not await client.metric("foretype_prefetches_total"):
            await asyncio.sleep(0.02)


async def test_after_accepting_the_next_prediction_is_there(make_client: MakeClient) -> None:
    async with make_client(engine()) as client:
        assert (await ask(client, BEFORE))["source"] == "model"
        await has_prefetched(client)
        num_asked = len(client.engine.requests)
        answer = await ask(client, AFTER)
        assert (answer["source"], answer["output"]) == ("prefetched", "a = 1 + 2\n")
        assert answer["edits"][0]["range"]["start"]["offset"] == 5
        assert len(client.engine.requests) == num_asked


async def test_what_is_under_way_is_joined(make_client: MakeClient) -> None:
    async with make_client(engine(FakePace(step_tokens=1, step_seconds=0.02))) as client:
        await ask(client, BEFORE)
        async with asyncio.timeout(5):
            while client.engine.is_idle:
                await asyncio.sleep(0.01)
        answer = await ask(client, AFTER)
        assert (answer["source"], answer["output"]) == ("prefetched", "a = 1 + 2\n")
        assert not client.engine.cancelled


async def test_another_state_than_expected_ends_it(make_client: MakeClient) -> None:
    async with make_client(engine(FakePace(step_tokens=1, step_seconds=0.02))) as client:
        await ask(client, BEFORE)
        async with asyncio.timeout(5):
            while client.engine.is_idle:
                await asyncio.sleep(0.01)
        answer = await ask(client, AFTER | {"text": "a = 12\n", "cursor": 6})
        assert answer["source"] == "model"
        assert len(client.engine.cancelled) == 1
        assert await client.metric("foretype_prefetches_total") == 0


async def test_who_types_on_has_nothing_prefetched(make_client: MakeClient) -> None:
    async with make_client(engine()) as client:
        num_asked = len(client.engine.requests)
        for number in range(20):
            await ask(client, BEFORE | {"text": f"a{number} = \n", "cursor": 4 + len(str(number))})
            await asyncio.sleep(0.02)
        assert len(client.engine.requests) == num_asked + 20


async def test_a_busy_engine_has_no_time_for_it(make_client: MakeClient) -> None:
    busy = FakeEngine(["warm-up\n", "a = 1<jupyter_output>", "x" * 200], FakePace(1, 0.01))
    async with make_client(busy) as client:
        await ask(client, BEFORE)
        request = GenerationRequest((1,), 200)

        async def occupy() -> None:
            async for _chunk in busy.generate(request):
                pass

        occupied = asyncio.create_task(occupy())
        await asyncio.sleep(PAUSED_SECONDS)
        assert len(busy.requests) == 3, "the warm-up, the question, and what keeps it busy"
        occupied.cancel()


@pytest.mark.parametrize("session", [{"session": ""}, {}])
async def test_without_a_session_or_the_setting_there_is_none(
    make_client: MakeClient, session: dict[str, str]
) -> None:
    off = Settings(sessions=SessionsConfig(prefetch=bool(session)))
    async with make_client(engine(), off) as client:
        await ask(client, BEFORE | session)
        num_asked = len(client.engine.requests)
        await asyncio.sleep(PAUSED_SECONDS)
        assert len(client.engine.requests) == num_asked


async def test_one_that_fails_is_nobodys_error(
    make_client: MakeClient, capfd: pytest.CaptureFixture[str]
) -> None:
    failing = engine(second=FakeAnswer(error=EngineUnavailable("secret_code")))
    async with make_client(failing) as client:
        await ask(client, BEFORE)
        started = time.monotonic()
        while len(failing.requests) < 3 and time.monotonic() < started + 5:
            await asyncio.sleep(0.02)
        assert (await ask(client, AFTER))["source"] == "model"
        assert await client.metric("foretype_prefetches_total") == 0
    written = "".join(capfd.readouterr())
    assert "prefetch failed" in written and "secret_code" not in written
