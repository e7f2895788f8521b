"""An adapter behind the real router, which passes the order to load it on to one server only."""

import contextlib
import os
from pathlib import Path

import httpx

from model import ModelConfig, RemoteConfig
from model.remote.engine import RemoteEngine
from tests.deployment.chart import ROOT
from tests.deployment.processes import free_port, running, wait_until
from tests.deployment.router import healthy_workers, router_command
from tests.model.remote.server import Server
from tests.model.remote.server import running as serving
from tests.model.remote.test_engine import asked, says, text
from tests.model.tiny import write_tiny_model

NUM_SESSIONS = 12


async def test_every_sessions_server_comes_to_serve_it(tmp_path: Path) -> None:
    model = ModelConfig(path=write_tiny_model(tmp_path / "model"))
    servers = [Server(), Server()]
    with contextlib.ExitStack() as stack:
        for server in servers:
            stack.enter_context(serving(server))
        port, log = free_port(), tmp_path / "router"
        command = router_command(port, [server.url for server in servers])
        stack.enter_context(running(command, log=log, cwd=ROOT, environment=os.environ))
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url) as http:
            wait_until(lambda: healthy_workers(http) == len(servers), log)
        engine = RemoteEngine(model, RemoteConfig(urls=url))
        await engine.start()
        for server in servers:
            server.behaviour = says(engine, "ok")
        await engine.load_adapter("arm", tmp_path)
        assert sorted(len(server.adapters) for server in servers) == [0, 1]
        for number in range(NUM_SESSIONS):
            request = asked(engine, adapter="arm", session_key=f"session-{number}")
            assert await text(engine, request) == "ok"
        await engine.stop()
        assert [len(server.adapters) for server in servers] == [1, 1]
