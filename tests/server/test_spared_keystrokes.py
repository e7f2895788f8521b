"""Keystrokes that cost the model nothing: typed through, asked before or at the same time."""

import asyncio
from typing import Any

import pytest

from model import FakeEngine, FakePace
from server.sessions import SessionsConfig
from server.settings import Settings
from tests.server.conftest import MakeClient

LINE = "price * quantity"
SLOW = FakePace(step_tokens=1, step_seconds=0.01)


def body(typed: str, **more: Any) -> dict[str, Any]:
    text = f"total = {typed}\nprint(total)\n"
    return {"path": "a.py", "text": text, "cursor": 8 + len(typed), "session": "s", **more}


def applied(answer: dict[str, Any], text: str) -> str:
    for edit in reversed(answer["edits"]):
        start, end = edit["range"]["start"]["offset"], edit["range"]["end"]["offset"]
        text = text[:start] + edit["new_text"] + text[end:]
    return text


async def test_what_is_typed_as_predicted_asks_the_model_once(make_client: MakeClient) -> None:
    async with make_client(FakeEngine([f"{LINE}\n"])) as client:
        asked = len(client.engine.requests)
        for num_typed in range(len(LINE)):
            request = body(LINE[:num_typed])
            answer = await client.predict(**request)
            assert applied(answer, request["text"]) == f"total = {LINE}\nprint(total)\n"
            assert answer["source"] == ("typed_through" if num_typed else "model")
            output, at = answer["output"], answer["editable_range"]
            text = request["text"]
            whole = text[: at["start"]["offset"]] + output + text[at["end"]["offset"] :]
            assert whole == f"total = {LINE}\nprint(total)\n"
        assert len(client.engine.requests) == asked + 1
        through = 'foretype_answers_total{arm="control",source="typed_through"}'
        assert await client.metric(through) == len(LINE) - 1


async def test_another_key_than_predicted_asks_the_model_and_ends_it(
    make_client: MakeClient,
) -> None:
    async with make_client(FakeEngine([f"{LINE}\n", "ax\n", "b\n"])) as client:
        await client.predict(**body("pr"))
        assert (await client.predict(**body("prx")))["source"] == "model"
        assert (await client.predict(**body("pric")))["source"] == "model"


@pytest.mark.parametrize("other", [{"session": "t"}, {"user": "u"}, {"session": ""}])
async def test_a_prediction_is_typed_through_by_its_own_session_only(
    make_client: MakeClient, other: dict[str, str]
) -> None:
    async with make_client(FakeEngine([f"{LINE}\n"])) as client:
        await client.predict(**body("p"))
        assert (await client.predict(**body("pr", **other)))["source"] == "model"


async def test_another_format_than_it_was_made_with_asks_the_model(make_client: MakeClient) -> None:
    async with make_client(FakeEngine([f"{LINE}\n"])) as client:
        await client.predict(**body(""))
        answer = await client.predict(**body("p", prompt_format="foretype-span"))
    assert answer["source"] == "model"


async def test_the_same_question_is_answered_again_without_the_model(
    make_client: MakeClient,
) -> None:
    async with make_client(FakeEngine([""])) as client:
        first = await client.predict(**body("p"))
        again = await client.predict(**body("p"))
    assert (first["reason"], first["source"]) == ("empty_output", "model")
    assert (again["reason"], again["source"]) == ("empty_output", "repeated")
    assert again["usage"]["generated_tokens"] == 0


async def test_what_another_user_asked_is_not_told(make_client: MakeClient) -> None:
    async with make_client(FakeEngine([""])) as client:
        await client.predict(**body("p", user="u"))
        assert (await client.predict(**body("p", user="v")))["source"] == "model"
        assert (await client.predict(**body("p", user="u", session="t")))["source"] == "repeated"


async def test_one_generation_serves_all_who_ask_at_the_same_time(make_client: MakeClient) -> None:
    async with make_client(FakeEngine([f"{LINE}\n"], SLOW)) as client:
        asked = len(client.engine.requests)
        sessions = [body("p", user="u", session=str(number)) for number in range(5)]
        answers = await asyncio.gather(*(client.predict(**one) for one in sessions))
        assert len({answer["output"] for answer in answers}) == 1
        assert sorted(answer["source"] for answer in answers) == ["model"] + ["shared"] * 4
        assert len(client.engine.requests) == asked + 1
        assert client.engine.is_idle


async def test_the_same_question_asked_again_goes_on_with_what_the_first_has_begun(
    make_client: MakeClient,
) -> None:
    async with make_client(FakeEngine([f"{LINE}\n"], SLOW)) as client:
        older = asyncio.create_task(client.predict(**body("p")))
        await asyncio.sleep(0.05)
        newer = await client.predict(**body("p"))
        assert (await older)["reason"] == "superseded"
        assert (newer["reason"], newer["source"]) == (None, "shared")
        assert not client.engine.cancelled


async def test_an_impatient_request_does_not_end_a_shared_answer(make_client: MakeClient) -> None:
    async with make_client(FakeEngine([f"{LINE}\n"], SLOW)) as client:
        first = asyncio.create_task(client.predict(**body("p", user="u", deadline_ms=60)))
        await asyncio.sleep(0.02)
        second = await client.predict(**body("p", user="u", session="t"))
        assert (await first)["reason"] == "deadline_exceeded"
        assert second["reason"] is None
        third = asyncio.create_task(client.predict(**body("pr", user="u", session="v")))
        await asyncio.sleep(0.02)
        impatient = body("pr", user="u", session="w", deadline_ms=40)
        assert (await client.predict(**impatient))["reason"] == "deadline_exceeded"
        assert (await third)["reason"] is None


async def test_each_of_them_can_be_switched_off(make_client: MakeClient) -> None:
    off = Settings(sessions=SessionsConfig(type_through=False, max_answers=0))
    async with make_client(FakeEngine([f"{LINE}\n"]), off) as client:
        sources = [(await client.predict(**body(typed)))["source"] for typed in ("p", "pr", "pr")]
    assert sources == ["model"] * 3
