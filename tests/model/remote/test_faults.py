"""What is a server's fault and what is not, and what is left behind when one dies."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest
from pydantic import ValidationError

from model import EngineUnavailable, FinishReason, ModelConfig, RemoteConfig
from model.remote.engine import RemoteEngine
from tests.model.remote.server import Behaviour, Server, running
from tests.model.remote.test_engine import asked, chunks_of, engine_for, says, servers, text

__all__ = ["servers"]

Start = Callable[[int], list[Server]]


async def own_server(engine: RemoteEngine, all_servers: list[Server]) -> Server:
    """The one that session ``s`` stays at."""
    for server in all_servers:
        server.behaviour = says(engine, "ok")
    await chunks_of(engine, asked(engine, session_key="s"))
    return next(server for server in all_servers if server.requests)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
async def test_separators_in_the_text_do_not_split_the_stream(
    servers: Start, tiny_folder: Path, separator: str
) -> None:
    (server,) = servers(1)
    async with engine_for(tiny_folder, server) as engine:
        server.behaviour = says(engine, "ok", text=f"a{separator}b")
        assert await text(engine, asked(engine)) == "ok"


@pytest.mark.parametrize("finish", ["abort", "error"])
async def test_an_answer_that_the_server_cut_off_is_none(
    servers: Start, tiny_folder: Path, finish: str
) -> None:
    (server,) = servers(1)
    async with engine_for(tiny_folder, server) as engine:
        server.behaviour = Behaviour(answer=[40, 41], finish=finish)
        with pytest.raises(EngineUnavailable):
            await chunks_of(engine, asked(engine))


@pytest.mark.parametrize("status", [400, 404])
async def test_a_refused_request_is_asked_once_and_leaves_out_no_server(
    servers: Start, tiny_folder: Path, status: int
) -> None:
    two = servers(2)
    async with engine_for(tiny_folder, *two) as engine:
        own = await own_server(engine, two)
        for server in two:
            server.behaviour = Behaviour(status=status)
        with pytest.raises(EngineUnavailable):
            await chunks_of(engine, asked(engine, session_key="s"))
        own.behaviour = says(engine, "own")
        assert await text(engine, asked(engine, session_key="s")) == "own"
    assert sum(len(server.requests) for server in two) == 3


async def test_a_short_deadline_leaves_out_no_server(servers: Start, tiny_folder: Path) -> None:
    two = servers(2)
    async with engine_for(tiny_folder, *two) as engine:
        own = await own_server(engine, two)
        own.behaviour = says(engine, "own", pause=0.1)
        await chunks_of(engine, asked(engine, session_key="s", deadline=time.monotonic() + 0.02))
        assert await text(engine, asked(engine, session_key="s")) == "own"


async def test_who_waits_for_a_connection_waits_for_no_server(
    servers: Start, tiny_folder: Path
) -> None:
    two = servers(2)
    async with engine_for(tiny_folder, *two, max_connections=1) as engine:
        own = await own_server(engine, two)
        own.behaviour = says(engine, "x" * 60, pause=0.1)
        first = asyncio.create_task(text(engine, asked(engine, session_key="s", max_tokens=80)))
        await asyncio.sleep(0.2)
        late = asked(engine, session_key="s", deadline=time.monotonic() + 1.2)
        chunks = await chunks_of(engine, late)
        assert [chunk.finish_reason for chunk in chunks] == [FinishReason.DEADLINE]
        assert await first == "x" * 60
        own.behaviour = says(engine, "own")
        assert await text(engine, asked(engine, session_key="s")) == "own"


async def test_requests_that_fail_together_count_once(servers: Start, tiny_folder: Path) -> None:
    two = servers(2)
    async with engine_for(tiny_folder, *two) as engine:
        own = await own_server(engine, two)
        own.behaviour = says(engine, "a long answer", pause=0.1, breaks_after=1)
        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(_fails(engine))
        own.behaviour = says(engine, "back")
        async with asyncio.timeout(5):
            while await text(engine, asked(engine, session_key="s")) != "back":
                await asyncio.sleep(0.05)


async def _fails(engine: RemoteEngine) -> None:
    with pytest.raises(EngineUnavailable):
        await chunks_of(engine, asked(engine, session_key="s"))


async def test_stopping_ends_who_runs_and_who_waits(servers: Start, tiny_folder: Path) -> None:
    (server,) = servers(1)
    async with engine_for(tiny_folder, server, max_connections=1, model="student") as engine:
        server.behaviour = Behaviour(hangs=True)
        tasks = [asyncio.create_task(_fails(engine)) for _ in range(2)]
        await asyncio.sleep(0.2)
        await engine.stop()
        async with asyncio.timeout(5):
            await asyncio.gather(*tasks)
        assert engine.is_idle


def test_a_bad_address_stops_the_start() -> None:
    with pytest.raises(ValidationError):
        RemoteConfig(urls="http://gpu-1:port")


async def test_servers_that_are_killed_in_mid_answer_leave_neither_tasks_nor_connections(
    tiny_folder: Path,
) -> None:
    server = Server()
    with running(server):
        port = int(server.url.rpartition(":")[2])
    engine = RemoteEngine(ModelConfig(path=tiny_folder), RemoteConfig(urls=server.url))
    await engine.start()
    server.behaviour = says(engine, "x" * 60, pause=0.05)
    num_tasks = len(asyncio.all_tasks())
    for _ in range(25):
        with running(server, port=port) as http, pytest.raises(EngineUnavailable):
            async with aclosing(engine.generate(asked(engine))) as stream:
                async for chunk in stream:
                    http.force_exit = http.should_exit = bool(chunk.tokens)
    async with asyncio.timeout(5):
        while len(asyncio.all_tasks()) > num_tasks or _open_connections(port):
            await asyncio.sleep(0.05)
    await engine.stop()


def _open_connections(port: int) -> list[str]:
    connections = psutil.Process().net_connections(kind="tcp")
    to_port = [one for one in connections if one.raddr and one.raddr.port == port]
    return [one.status for one in to_port if one.status != psutil.CONN_TIME_WAIT]
