import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.training.teacher.scripted_endpoint import (
    ScriptedEndpoint,
    body,
    drip,
    hang,
    status,
)
from training.errors import RowError, RunError
from training.stages.distill import DistillConfig
from training.teacher.client import open_teacher
from training.teacher.endpoint import LARGEST_ANSWER_BYTES, retry_after_seconds
from training.teacher.errors import EndpointUnavailable, InvalidAnswer, RequestRefused
from training.teacher.values import Answer, Message

Configure = Callable[..., DistillConfig]
ASK = (Message("user", "What next?"),)


async def ask(config: DistillConfig, template: str = "teacher@1", repetition: int = 0) -> Answer:
    async with open_teacher(config) as teacher:
        return await teacher.ask(teacher.question(ASK, template, repetition))


async def test_an_openai_endpoint_is_asked(
    endpoint: ScriptedEndpoint, config: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "secret")
    chosen = config(key_env="SOME_KEY", temperature=0.5, seed=7, extra_body={"top_k": 3})
    answer = await ask(chosen, repetition=2)
    assert (answer.text, answer.num_tokens, answer.num_prompt_tokens) == ("NO_EDITS", 10, 100)
    assert endpoint.headers[0]["authorization"] == "Bearer secret"
    assert endpoint.requests == [
        {
            "model": "teacher-large",
            "messages": [{"role": "user", "content": "What next?"}],
            "temperature": 0.5,
            "max_tokens": 4096,
            "seed": 9,
            "top_k": 3,
        }
    ]


async def test_an_anthropic_endpoint_is_asked(
    endpoint: ScriptedEndpoint, config: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "secret")
    url = f"{endpoint.url}/v1/"
    answer = await ask(config(api="anthropic", key_env="SOME_KEY", base_url=url))
    assert (answer.text, answer.num_prompt_tokens) == ("NO_EDITS", 100)
    assert answer.num_cached_tokens == 10
    assert endpoint.headers[0]["x-api-key"] == "secret"
    assert endpoint.headers[0]["anthropic-version"] == "2023-06-01"
    assert set(endpoint.requests[0]) == {"model", "messages", "max_tokens"}


@pytest.mark.parametrize(
    "trouble",
    [
        status(429, retry_after="0.05"),
        status(429),
        status(500),
        status(503),
        status(408),
        status(200, content_encoding="gzip"),
        hang,
        drip,
    ],
)
async def test_what_passes_is_waited_for(
    endpoint: ScriptedEndpoint, config: Configure, trouble: object
) -> None:
    endpoint.script.extend([trouble, trouble])  # type: ignore[list-item]
    timeout = 0.2 if trouble in (hang, drip) else 5.0
    async with open_teacher(config(timeout_seconds=timeout)) as teacher:
        answer = await teacher.ask(teacher.question(ASK, "teacher@1"))
        assert answer.text == "NO_EDITS"
        assert teacher.stats()["num_retries"] == 2
    assert len(endpoint.requests) == 3


@pytest.mark.parametrize("trouble", [status(429), status(500), hang])
async def test_what_does_not_pass_fails_the_row_and_is_asked_again_next_time(
    endpoint: ScriptedEndpoint, config: Configure, trouble: object
) -> None:
    endpoint.script.extend([trouble] * 3)  # type: ignore[list-item]
    chosen = config(timeout_seconds=0.2 if trouble is hang else 5.0)
    with pytest.raises(EndpointUnavailable):
        await ask(chosen)
    assert len(endpoint.requests) == 3
    assert (await ask(chosen)).text == "NO_EDITS"
    assert len(endpoint.requests) == 4


@pytest.mark.parametrize("code", [400, 413, 422])
async def test_a_refused_request_is_not_repeated(
    endpoint: ScriptedEndpoint, config: Configure, code: int
) -> None:
    endpoint.script.append(status(code))
    with pytest.raises(RequestRefused, match=str(code)):
        await ask(config())
    assert len(endpoint.requests) == 1
    assert (await ask(config())).text == "NO_EDITS"


@pytest.mark.parametrize("code", [301, 307, 401, 402, 403, 404, 405])
async def test_a_wrong_key_or_address_ends_the_run(
    endpoint: ScriptedEndpoint, config: Configure, code: int
) -> None:
    endpoint.script.append(status(code, location="http://127.0.0.1:9/"))
    with pytest.raises(RunError):
        await ask(config())
    assert len(endpoint.requests) == 1


async def test_a_key_that_is_not_set_ends_the_run(config: Configure) -> None:
    with pytest.raises(RunError, match="NO_SUCH_KEY"):
        await ask(config(key_env="NO_SUCH_KEY"))


async def test_an_error_object_is_named_as_one(
    endpoint: ScriptedEndpoint, config: Configure
) -> None:
    endpoint.script.append(body('{"error": {"message": "at your line"}}'))
    with pytest.raises(InvalidAnswer, match=r"is an error object$"):
        await ask(config())


@pytest.mark.parametrize("extra", [{"x": float("nan")}, {"messages": []}, {"stream": True}])
def test_extra_fields_are_json_and_not_our_own(config: Configure, extra: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="extra_body"):
        config(extra_body=extra)


GOOD = ScriptedEndpoint().completion({})
MESSAGE = ScriptedEndpoint().message({})


@pytest.mark.parametrize(
    "text",
    [
        "<html>busy</html>",
        "",
        "null",
        "[]",
        '{"choices": []}',
        '{"choices": [{"message": {"content": [1]}}]}',
        '{"choices": [{"message": "x"}]}',
        '{"error": {"message": "no"}}',
        '{"choices": [{"message": {"content": "\\ud83d"}}]}',
        '{"content": [{"type": "text", "text": "\\ud83d"}]}',
        json.dumps(GOOD)[:60],
        "[" * 100_000,
        "x" * (LARGEST_ANSWER_BYTES + 1),
        json.dumps(GOOD | MESSAGE | {"usage": {"prompt_tokens": 1e400, "input_tokens": 1e400}}),
        json.dumps(GOOD | MESSAGE | {"usage": {"prompt_tokens": 10**400, "input_tokens": -1}}),
    ],
)
@pytest.mark.parametrize("api", ["openai", "anthropic"])
async def test_nonsense_fails_the_row_and_is_never_kept(
    endpoint: ScriptedEndpoint, config: Configure, text: str, api: str
) -> None:
    endpoint.script.append(body(text))
    with pytest.raises(InvalidAnswer):
        await ask(config(api=api))
    assert (await ask(config(api=api))).text == "NO_EDITS"
    assert len(endpoint.requests) == 2


async def test_nobody_there_fails_the_row(config: Configure) -> None:
    with pytest.raises(EndpointUnavailable, match="ConnectError"):
        await ask(config(base_url="http://127.0.0.1:9"))


async def test_a_second_run_asks_nothing(endpoint: ScriptedEndpoint, config: Configure) -> None:
    first = await ask(config())
    async with open_teacher(config()) as teacher:
        assert await teacher.ask(teacher.question(ASK, "teacher@1")) == first
        stats = teacher.stats()
    assert len(endpoint.requests) == 1
    assert (stats["num_calls"], stats["num_cache_hits"], stats["num_completion_tokens"]) == (
        0,
        1,
        0,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"model": "teacher-small"},
        {"provider": "another"},
        {"api": "anthropic"},
        {"temperature": 0.1},
        {"top_p": 0.9},
        {"max_tokens": 5},
        {"seed": 1},
        {"extra_body": {"top_k": 1}},
    ],
)
async def test_whatever_can_change_the_answer_is_asked_anew(
    endpoint: ScriptedEndpoint, config: Configure, change: dict[str, object]
) -> None:
    await ask(config())
    await ask(config(**change))
    assert len(endpoint.requests) == 2


async def test_version_and_repetition_are_asked_anew(
    endpoint: ScriptedEndpoint, config: Configure
) -> None:
    await ask(config())
    await ask(config(), template="teacher@2")
    await ask(config(), repetition=1)
    assert len(endpoint.requests) == 3


async def test_how_patiently_it_is_asked_changes_nothing(
    endpoint: ScriptedEndpoint, config: Configure
) -> None:
    await ask(config())
    await ask(config(timeout_seconds=1.0, attempts=1, num_parallel=1))
    assert len(endpoint.requests) == 1
    assert config().model_dump() == config(attempts=7, cache=Path("elsewhere")).model_dump()


async def test_who_asks_the_same_at_the_same_time_shares_one_call(
    endpoint: ScriptedEndpoint, config: Configure
) -> None:
    endpoint.script.append(status(400))
    async with open_teacher(config()) as teacher:
        question = teacher.question(ASK, "teacher@1")
        for expected in (RequestRefused, Answer):
            asked = (teacher.ask(question) for _copy in range(5))
            results = await asyncio.gather(*asked, return_exceptions=True)
            assert {type(result) for result in results} == {expected}
    assert len(endpoint.requests) == 2


async def test_roles_are_part_of_the_question(config: Configure) -> None:
    async with open_teacher(config()) as teacher:
        said = (Message("assistant", "What next?"),)
        assert teacher.question(ASK, "teacher@1").key != teacher.question(said, "teacher@1").key


async def test_stats_count_what_was_paid(endpoint: ScriptedEndpoint, config: Configure) -> None:
    endpoint.script.append(status(400))
    async with open_teacher(config()) as teacher:
        with pytest.raises(RowError):
            await teacher.ask(teacher.question(ASK, "teacher@1"))
        for repetition in (0, 1, 1):
            await teacher.ask(teacher.question(ASK, "teacher@1", repetition))
        assert teacher.stats() == {
            "num_calls": 2,
            "num_cache_hits": 1,
            "num_failures": 1,
            "num_retries": 0,
            "num_prompt_tokens": 200,
            "num_cached_prompt_tokens": 0,
            "num_completion_tokens": 20,
        }


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("3", 3.0), ("0.5", 0.5), ("-1", 0.0), ("soon", None), ("", None)],
)
def test_retry_after_is_a_number(given: str, seconds: float | None) -> None:
    assert retry_after_seconds(httpx.Headers({"retry-after": given})) == seconds


def test_retry_after_may_be_a_date() -> None:
    past = httpx.Headers({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"})
    assert retry_after_seconds(past) == 0.0
    future = httpx.Headers({"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"})
    assert (retry_after_seconds(future) or 0.0) > 1e9
