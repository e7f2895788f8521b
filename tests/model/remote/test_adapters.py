"""Adapters of servers elsewhere: loaded everywhere, and again where a server was started anew."""

from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from model import EngineUnavailable
from model.remote.adapters import Adapter
from tests.model.remote.server import Behaviour, Server
from tests.model.remote.test_engine import asked, chunks_of, engine_for, says, servers, text

__all__ = ["servers"]

Start = Callable[[int], list[Server]]
FOLDER = Path("/adapters/arm")
ARM = {Adapter("arm", FOLDER).served_name: str(FOLDER)}


async def test_an_adapter_is_loaded_at_every_server_and_dropped_again(
    servers: Start, tiny_folder: Path
) -> None:
    two = servers(2)
    async with engine_for(tiny_folder, *two) as engine:
        await engine.load_adapter("arm", FOLDER)
        assert [server.adapters for server in two] == [ARM] * 2
        for server in two:
            server.behaviour = says(engine, "ok")
        assert await text(engine, asked(engine, adapter="arm")) == "ok"
        bodies = [body for server in two for body, _headers in server.requests]
        assert [body["model"] for body in bodies] == list(ARM)
        await engine.drop_adapter("arm")
        await engine.drop_adapter("never loaded")
        assert [server.adapters for server in two] == [{}] * 2
        with pytest.raises(EngineUnavailable):
            await chunks_of(engine, asked(engine, adapter="arm"))


async def test_a_server_that_was_started_anew_loads_it_again(
    servers: Start, tiny_folder: Path
) -> None:
    (server,) = servers(1)
    async with engine_for(tiny_folder, server, max_connections=1) as engine:
        await engine.load_adapter("arm", FOLDER)
        server.adapters.clear()
        server.behaviour = says(engine, "ok")
        assert await text(engine, asked(engine, adapter="arm")) == "ok"
        assert server.adapters == ARM


async def test_a_server_that_has_the_adapter_before_only_never_answers_for_the_new_one(
    servers: Start, tiny_folder: Path
) -> None:
    one, other = servers(2)
    async with engine_for(tiny_folder, one, other) as engine:
        await engine.load_adapter("arm", FOLDER)
        other.behaviour = Behaviour(status=500)
        new = Adapter("arm", FOLDER / "new")
        await engine.load_adapter("arm", new.folder)
        assert set(one.adapters) == {new.served_name}
        assert set(other.adapters) == set(ARM)
        one.behaviour = Behaviour(status=500)
        other.behaviour = says(engine, "ok")
        assert await text(engine, asked(engine, adapter="arm")) == "ok"
        assert other.requests[-1][0]["model"] == new.served_name


async def test_an_adapter_that_is_dropped_meanwhile_is_an_error(
    servers: Start, tiny_folder: Path
) -> None:
    (server,) = servers(1)
    async with engine_for(tiny_folder, server) as engine:
        await engine.load_adapter("arm", FOLDER)
        async with aclosing(engine.generate(asked(engine, adapter="arm"))) as stream:
            await anext(stream)
            await engine.drop_adapter("arm")
            with pytest.raises(EngineUnavailable, match="arm"):
                await anext(stream)
        assert not server.requests and engine.is_idle


async def test_it_is_loaded_if_one_server_loads_it(servers: Start, tiny_folder: Path) -> None:
    one, other = servers(2)
    one.behaviour = Behaviour(status=500)
    async with engine_for(tiny_folder, one, other) as engine:
        await engine.load_adapter("arm", FOLDER)
        other.behaviour = Behaviour(status=500)
        with pytest.raises(EngineUnavailable):
            await engine.load_adapter("other", FOLDER)


async def test_a_server_that_serves_another_model_by_now_is_asked_for_its_name(
    servers: Start, tiny_folder: Path
) -> None:
    (server,) = servers(1)
    async with engine_for(tiny_folder, server) as engine:
        server.behaviour = says(engine, "ok")
        await text(engine, asked(engine))
        server.model = "second-student"
        with pytest.raises(EngineUnavailable):
            await chunks_of(engine, asked(engine))
        assert await text(engine, asked(engine)) == "ok"


async def test_a_proxy_of_the_environments_sees_nothing(
    servers: Start, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, proxy = servers(2)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("http_proxy", proxy.url)
    async with engine_for(tiny_folder, server) as engine:
        server.behaviour = proxy.behaviour = says(engine, "ok")
        assert await text(engine, asked(engine)) == "ok"
    assert len(server.requests) == 1 and not proxy.requests
