"""Keys that come before the answer does: what was typed may be what it begins with."""

import asyncio
from typing import Any

import pytest

from model import FakeEngine, FakePace
from rollout import RolloutConfig
from server.settings import Settings
from tests.server.conftest import Client, MakeClient
from tests.server.test_spared_keystrokes import LINE, applied, body

SLOW = FakePace(step_tokens=1, step_seconds=0.06)


async def typed(client: Client, *states: dict[str, Any], pause: float = 0.05) -> list[Any]:
    """What each of the states is answered when it comes a ``pause`` after the one before it."""
    tasks = []
    for state in states:
        tasks.append(asyncio.create_task(client.predict(**state)))
        await asyncio.sleep(pause)
    return list(await asyncio.gather(*tasks))


async def test_keys_that_the_answer_begins_with_ask_the_model_once(make_client: MakeClient) -> None:
    async with make_client(FakeEngine([f"{LINE}\n"], SLOW)) as client:
        asked = len(client.engine.requests)
        states = [body(LINE[:number]) for number in range(4)]
        *older, newest = await typed(client, *states)
        assert [answer["reason"] for answer in older] == ["superseded"] * 3
        assert newest["source"] == "typed_ahead"
        assert applied(newest, states[-1]["text"]) == f"total = {LINE}\nprint(total)\n"
        assert newest["usage"]["generated_tokens"] == len(f"{LINE}\n")
        assert len(client.engine.requests) == asked + 1
        assert not client.engine.cancelled and client.engine.is_idle
        through = await client.predict(**body(LINE[:5]))
        assert through["source"] == "typed_through"


async def test_another_key_ends_the_answer_at_the_first_token_that_says_so(
    make_client: MakeClient,
) -> None:
    async with make_client(FakeEngine([f"{LINE}\n", "total()\n"], SLOW)) as client:
        older, newer = await typed(client, body(""), body("sub"))
        assert older["reason"] == "superseded"
        assert (newer["source"], newer["output"]) == ("model", "total = subtotal()")
        assert len(client.engine.cancelled) == 1
        assert await client.metric("foretype_abandoned_tokens_total") < len("price")


REGION = f"total = {LINE}\nprint(total)\n"
REWRITTEN = {
    "V0211SeedCoder": REGION,
    "V0318SeedMultiRegions": f"<|marker_1|>{REGION}<|marker_2|>",
    "zeta1": f"<|editable_region_start|>\n{REGION}",
    "foretype-region": REGION,
    "sweep": REGION,
}
LONGER = Settings(rollout=RolloutConfig(max_output_tokens=128))


@pytest.mark.parametrize("prompt_format", REWRITTEN)
async def test_an_answer_that_writes_the_region_anew_is_waited_for_too(
    make_client: MakeClient, prompt_format: str
) -> None:
    engine = FakeEngine([REWRITTEN[prompt_format]], FakePace(step_tokens=4, step_seconds=0.06))
    async with make_client(engine, LONGER) as client:
        asked = len(client.engine.requests)
        states = [body(LINE[:number], prompt_format=prompt_format) for number in range(3)]
        *_older, newest = await typed(client, *states)
        assert newest["source"] == "typed_ahead"
        assert applied(newest, states[-1]["text"]) == REGION
        assert len(client.engine.requests) == asked + 1


@pytest.mark.parametrize("prompt_format", REWRITTEN)
async def test_a_region_that_says_otherwise_is_given_up_at_once(
    make_client: MakeClient, prompt_format: str
) -> None:
    other = REGION.replace("price", "prime")
    engine = FakeEngine(["", REWRITTEN[prompt_format], other], FakePace(4, 0.06))
    async with make_client(engine, LONGER) as client:
        states = [body(typed, prompt_format=prompt_format) for typed in ("p", "prim")]
        _older, newer = await typed(client, *states)
        assert newer["source"] == "model"
        assert len(client.engine.cancelled) == 1
        abandoned = await client.metric("foretype_abandoned_tokens_total")
        assert abandoned < len(REWRITTEN[prompt_format]) - len("print(total)\n")


async def test_an_answer_typed_to_its_end_is_followed_by_another(make_client: MakeClient) -> None:
    async with make_client(FakeEngine(["pri\n", "ce\n"], SLOW)) as client:
        _older, newer = await typed(client, body(""), body("pri"), pause=0.01)
        assert (newer["source"], newer["output"]) == ("model", "total = price")


@pytest.mark.parametrize(
    "other",
    [{"session": "t"}, {"session": ""}, {"user": "u"}, {"prompt_format": "foretype-span"}],
    ids=["session", "none", "user", "format"],
)
async def test_others_ask_for_themselves(make_client: MakeClient, other: dict[str, str]) -> None:
    async with make_client(FakeEngine([f"{LINE}\n"], SLOW)) as client:
        _older, newer = await typed(client, body("p"), body("pr", **other))
        assert newer["source"] == "model"


async def test_an_older_requests_deadline_is_not_the_newers(make_client: MakeClient) -> None:
    async with make_client(FakeEngine([f"{LINE}\n", f"{LINE[1:]}\n"], SLOW)) as client:
        _older, newer = await typed(client, body("", deadline_ms=150), body("p"))
        assert (newer["reason"], newer["source"]) == (None, "model")


async def test_a_newer_requests_deadline_is_kept(make_client: MakeClient) -> None:
    async with make_client(FakeEngine([f"{LINE}\n"], SLOW)) as client:
        _older, newer = await typed(client, body(""), body("p", deadline_ms=60))
        assert newer["reason"] == "deadline_exceeded"
        assert client.engine.is_idle
