"""The engine over HTTP: what it asks, what it makes of answers, and of servers that fail."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from model import (
    Chunk,
    DraftSources,
    EngineError,
    EngineOverloaded,
    EngineUnavailable,
    FinishReason,
    GenerationRequest,
    ModelConfig,
    Phase,
    PromptTooLong,
    RemoteConfig,
)
from model.remote.engine import RemoteEngine
from tests.model.remote.server import Behaviour, Server, running

END = 0
SECRET = "price = secret_code"


@pytest.fixture
def servers() -> Any:
    with contextlib.ExitStack() as stack:

        def start(count: int) -> list[Server]:
            made = [Server() for _ in range(count)]
            for server in made:
                stack.enter_context(running(server))
            return made

        yield start


@asynccontextmanager
async def engine_for(
    tiny_folder: Path, *servers: Server, **more: Any
) -> AsyncIterator[RemoteEngine]:
    config = RemoteConfig(
        urls=",".join(server.url for server in servers), session_secret=SecretStr("s"), **more
    )
    engine = RemoteEngine(ModelConfig(path=tiny_folder, max_queued_requests=1), config)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


def asked(engine: RemoteEngine, **more: Any) -> GenerationRequest:
    return GenerationRequest(engine.tokenizer.encode(SECRET), **{"max_tokens": 40} | more)


async def chunks_of(engine: RemoteEngine, request: GenerationRequest) -> list[Chunk]:
    async with aclosing(engine.generate(request)) as stream:
        return [chunk async for chunk in stream]


async def text(engine: RemoteEngine, request: GenerationRequest) -> str:
    return "".join(chunk.text for chunk in await chunks_of(engine, request))


def says(engine: RemoteEngine, answer: str, **more: Any) -> Behaviour:
    return Behaviour(answer=[*engine.tokenizer.encode(answer), END], **more)


async def test_an_answer_its_cost_and_what_was_asked(
    servers: Callable[[int], list[Server]], tiny_folder: Path
) -> None:
    (server,) = servers(1)
    async with engine_for(tiny_folder, server, api_key=SecretStr("key")) as engine:
        server.behaviour = says(engine, "quantity (x)")
        draft = DraftSources(reference=(5, 6))
        request = asked(engine, session_key="u\0s", tenant="u", draft=draft, stop=("\n",))
        chunks = await chunks_of(engine, request)
    assert chunks[0].phase is Phase.PREFILL and not chunks[0].tokens
    assert "".join(chunk.text for chunk in chunks) == "quantity (x)"
    assert END not in [token for chunk in chunks for token in chunk.tokens]
    assert chunks[-1].finish_reason is FinishReason.STOP
    body, headers = server.requests[0]
    assert body["prompt"] == list(request.prompt_tokens)
    assert body["model"] == "student" and body["vllm_xargs"] == {"draft_reference": [5, 6]}
    assert headers["authorization"] == "Bearer key"
    assert headers["x-session-id"] and "u" not in headers["x-session-id"].strip("0123456789abcdef")
    assert body["cache_salt"] != headers["x-session-id"]


async def test_the_usage_says_what_was_cached(
    servers: Callable[[int], list[Server]], tiny_folder: Path
) -> None:
    (server,) = servers(1)
    async with engine_for(tiny_folder, server) as engine:
        server.behaviour = Behaviour(answer=[40, 41, 42], finish="length")
        chunks = await chunks_of(engine, asked(engine))
    assert chunks[-1].finish_reason is FinishReason.LENGTH
    assert chunks[-1].stats is not None
    assert (chunks[-1].stats.num_cached_tokens, chunks[-1].stats.num_generated_tokens) == (3, 3)


async def test_a_stop_string_that_is_one_token_ends_it_at_the_server(
    servers: Callable[[int], list[Server]], tiny_folder: Path
) -> None:
    (server,) = servers(1)
    async with engine_for(tiny_folder, server) as engine:
        ends = engine.tokenizer.encode("<|start|>", ("<|start|>",))
        server.behaviour = Behaviour(answer=[40, 41, *ends])
        chunks = await chunks_of(engine, asked(engine, stop=("<|start|>", ";")))
    assert server.requests[0][0]["stop_token_ids"] == sorted([END, *ends])
    assert [token for chunk in chunks for token in chunk.tokens] == [40, 41]
    assert chunks[-1].finish_reason is FinishReason.STOP


async def test_a_stop_string_ends_it_and_who_leaves_is_gone(
    servers: Callable[[int], list[Server]], tiny_folder: Path
) -> None:
    (server,) = servers(1)
    async with engine_for(tiny_folder, server) as engine:
        server.behaviour = says(engine, "one;two" + "x" * 200, pause=0.02)
        assert await text(engine, asked(engine, stop=(";",))) == "one"
        async with aclosing(engine.generate(asked(engine))) as stream:
            async for chunk in stream:
                if chunk.tokens:
                    break
        async with asyncio.timeout(5):
            while server.num_open:
                await asyncio.sleep(0.01)
        assert engine.is_idle


async def test_a_deadline_ends_it_wherever_it_is(
    servers: Callable[[int], list[Server]], tiny_folder: Path
) -> None:
    (server,) = servers(1)
    async with engine_for(tiny_folder, server) as engine:
        for behaviour in (Behaviour(hangs=True), says(engine, "x" * 100, pause=0.05)):
            server.behaviour = behaviour
            started = time.monotonic()
            chunks = await chunks_of(engine, asked(engine, deadline=started + 0.3))
            assert chunks[-1].finish_reason is FinishReason.DEADLINE
            assert time.monotonic() - started < 2


async def test_a_session_stays_with_its_server_and_others_spread(
    servers: Callable[[int], list[Server]], tiny_folder: Path
) -> None:
    three = servers(3)
    async with engine_for(tiny_folder, *three) as engine:
        for server in three:
            server.behaviour = says(engine, "a")
        for _ in range(4):
            await chunks_of(engine, asked(engine, session_key="one"))
        assert sorted(len(server.requests) for server in three) == [0, 0, 4]
        for number in range(60):
            await chunks_of(engine, asked(engine, session_key=str(number)))
        assert all(len(server.requests) > 5 for server in three)


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"status": 503}, {"breaks_after": 0}, {"hangs": True}]
)
async def test_another_server_answers_for_one_that_fails_and_that_one_is_left_out(
    servers: Callable[[int], list[Server]], tiny_folder: Path, fault: dict[str, Any]
) -> None:
    two = servers(2)
    async with engine_for(tiny_folder, *two) as engine:
        for server in two:
            server.behaviour = says(engine, "right")
        await chunks_of(engine, asked(engine, session_key="s"))
        own = next(server for server in two if server.requests)
        other = next(server for server in two if not server.requests)
        own.behaviour = says(engine, "wrong", **fault)
        deadline = time.monotonic() + 2
        assert await text(engine, asked(engine, session_key="s", deadline=deadline)) == "right"
        num_asked = len(own.requests)
        assert await text(engine, asked(engine, session_key="s")) == "right"
        assert len(own.requests) == num_asked, "it is left out"
        assert len(other.requests) == 2
        own.behaviour = says(engine, "back")
        async with asyncio.timeout(5):
            while await text(engine, asked(engine, session_key="s")) != "back":
                await asyncio.sleep(0.05)


async def test_after_the_first_token_there_is_no_second_try(
    servers: Callable[[int], list[Server]], tiny_folder: Path
) -> None:
    two = servers(2)
    async with engine_for(tiny_folder, *two) as engine:
        for server in two:
            server.behaviour = says(engine, "a long answer", breaks_after=1)
        with pytest.raises(EngineUnavailable):
            await chunks_of(engine, asked(engine))
    assert sum(len(server.requests) for server in two) == 1


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (Behaviour(status=500, error=SECRET), EngineUnavailable),
        (Behaviour(status=429, error=SECRET), EngineOverloaded),
        (Behaviour(status=400, error=f"maximum context length {SECRET}"), PromptTooLong),
        (Behaviour(status=400, error=SECRET), EngineUnavailable),
    ],
)
async def test_errors_are_ours_and_quote_nothing(
    servers: Callable[[int], list[Server]],
    tiny_folder: Path,
    behaviour: Behaviour,
    error: type[EngineError],
) -> None:
    (server,) = servers(1)
    async with engine_for(tiny_folder, server) as engine:
        server.behaviour = behaviour
        with pytest.raises(error) as raised:
            await chunks_of(engine, asked(engine))
    assert "secret" not in str(raised.value)


async def test_too_long_or_too_many_are_refused_here(
    servers: Callable[[int], list[Server]], tiny_folder: Path
) -> None:
    (server,) = servers(1)
    async with engine_for(tiny_folder, server, max_connections=1) as engine:
        with pytest.raises(PromptTooLong):
            await chunks_of(engine, asked(engine, max_tokens=5000))
        server.behaviour = Behaviour(hangs=True)
        waiting = [asyncio.create_task(chunks_of(engine, asked(engine))) for _ in range(2)]
        await asyncio.sleep(0.1)
        with pytest.raises(EngineOverloaded):
            await chunks_of(engine, asked(engine))
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert engine.is_idle


async def test_servers_may_come_after_the_engine(tiny_folder: Path) -> None:
    server = Server()
    with running(server):
        url = server.url
    engine = RemoteEngine(ModelConfig(path=tiny_folder), RemoteConfig(urls=url))
    await engine.start()
    with pytest.raises(EngineUnavailable):
        await chunks_of(engine, asked(engine))
    server.behaviour = says(engine, "here")
    with running(server, port=int(url.rpartition(":")[2])):
        async with asyncio.timeout(10):
            while not server.requests:
                with contextlib.suppress(EngineUnavailable):
                    assert await text(engine, asked(engine)) == "here"
                await asyncio.sleep(0.05)
    await engine.stop()


async def test_a_server_that_dies_and_comes_back_a_hundred_times_leaves_nothing(
    tiny_folder: Path,
) -> None:
    server = Server()
    with running(server):
        config = RemoteConfig(urls=server.url)
        engine = RemoteEngine(ModelConfig(path=tiny_folder), config)
        await engine.start()
        before = len(asyncio.all_tasks())
        server.behaviour = says(engine, "an answer that is cut", breaks_after=2)
        for _ in range(100):
            with pytest.raises(EngineUnavailable):
                await chunks_of(engine, asked(engine))
        server.behaviour = says(engine, "whole")
        assert await text(engine, asked(engine)) == "whole"
        assert len(asyncio.all_tasks()) <= before
        assert engine.is_idle and not server.num_open
        await engine.stop()
