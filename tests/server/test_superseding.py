"""Newest wins: what a newer request, or a client that leaves, does to work under way."""

import asyncio
import socket
from collections.abc import Callable

import httpx
import pytest

from model import FakeEngine, FakePace
from tests.server.conftest import Client, MakeClient

SLOW = FakePace(step_tokens=1, step_seconds=0.01, prefill_seconds=0.05)
OTHER = {"path": "a.py", "text": "prices = \n", "cursor": 9, "user": "u", "session": "s"}
BODY = {"path": "a.py", "text": "total = \n", "cursor": 8, "user": "u", "session": "s"}


async def test_a_newer_request_of_the_session_answers_the_older_one_at_once(
    make_client: MakeClient,
) -> None:
    async with make_client(FakeEngine(["price * quantity\n"], SLOW)) as client:
        older = asyncio.create_task(client.predict(**BODY))
        await asyncio.sleep(0.08)
        newer = asyncio.create_task(client.predict(**OTHER))
        first, second = await asyncio.gather(older, newer)
        assert first["reason"] == "superseded"
        assert first["edits"] == []
        assert second["reason"] is None
        assert len(client.engine.cancelled) == 1
        assert await _cancellations(client, "superseded") == 1


async def test_a_burst_leaves_one_answer_and_no_work(make_client: MakeClient) -> None:
    async with make_client(FakeEngine(["price * quantity\n"], SLOW)) as client:
        answers = await asyncio.gather(*(client.predict(**BODY) for _ in range(10)))
        reasons = [answer["reason"] for answer in answers]
        assert reasons.count(None) == 1, "whichever came last"
        assert reasons.count("superseded") == 9
        assert client.engine.is_idle
        assert await client.metric("foretype_predictions_in_flight") == 0


@pytest.mark.parametrize(
    "other", [{"session": "s2"}, {"user": "u2"}, {"session": ""}], ids=["session", "user", "none"]
)
async def test_others_are_left_alone(make_client: MakeClient, other: dict[str, str]) -> None:
    async with make_client(FakeEngine(["price * quantity\n"], SLOW)) as client:
        answers = await asyncio.gather(client.predict(**BODY), client.predict(**BODY | other))
    assert [answer["reason"] for answer in answers] == [None, None]


async def test_a_client_that_disconnects_cancels_its_own(
    serve: Callable[[FakeEngine], str],
) -> None:
    engine = FakeEngine(["price * quantity\n"], FakePace(1, 0.05, 0.2))
    url = httpx.URL(serve(engine))
    before = len(engine.requests)
    body = b'{"path":"a.py","text":"total = ","cursor":8}'
    with socket.create_connection((url.host, url.port or 0)) as connection:
        head = (
            b"POST /v1/predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\n\r\n" % len(body)
        )
        connection.sendall(head + body)
        async with asyncio.timeout(5):
            while len(engine.requests) == before:
                await asyncio.sleep(0.005)
    async with asyncio.timeout(5):
        while not engine.cancelled:
            await asyncio.sleep(0.005)
    assert engine.is_idle
    async with httpx.AsyncClient(base_url=url) as http:
        text = (await http.get("/metrics")).text
    assert 'foretype_cancellations_total{cause="disconnected"' in text


async def _cancellations(client: Client, cause: str) -> float:
    text = (await client.http.get("/metrics")).text
    prefix = f'foretype_cancellations_total{{cause="{cause}"'
    lines = [line for line in text.splitlines() if line.startswith(prefix)]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)
