"""The real router killed and started again while the remote engine asks through it."""

import asyncio
import contextlib
import os
import time
from collections import Counter
from contextlib import aclosing
from pathlib import Path

import httpx
import psutil

from model import EngineUnavailable, GenerationRequest, ModelConfig, RemoteConfig
from model.remote.engine import RemoteEngine
from tests.deployment.chart import ROOT
from tests.deployment.processes import free_port, running, wait_until
from tests.deployment.router import healthy_workers, router_command
from tests.model.remote.server import Behaviour, Server
from tests.model.remote.server import running as serving
from tests.model.tiny import write_tiny_model

NUM_EDITORS = 6
DEADLINE_SECONDS = 4.0
SLACK_SECONDS = 2.0
"""What a busy machine may add to a deadline."""
UNAVAILABLE = "unavailable"
TIMES_KILLED = 3


class Editors:
    """Ask without a pause; ``ends`` counts how requests ended since it was cleared."""

    def __init__(self, engine: RemoteEngine) -> None:
        self.ends: Counter[str] = Counter()
        self.longest_seconds = 0.0
        self._engine = engine

    async def ask(self, number: int) -> None:
        while True:
            started = time.monotonic()
            self.ends[await self._end(f"session-{number}", started + DEADLINE_SECONDS)] += 1
            self.longest_seconds = max(self.longest_seconds, time.monotonic() - started)
            await asyncio.sleep(0.01)

    async def until(self, end: str) -> None:
        """Wait for one more request that ends so."""
        self.ends.clear()
        async with asyncio.timeout(60):
            while not self.ends[end]:
                await asyncio.sleep(0.05)

    async def _end(self, session: str, deadline: float) -> str:
        request = GenerationRequest((1, 2, 3), 8, session_key=session, deadline=deadline)
        try:
            async with aclosing(self._engine.generate(request)) as stream:
                return str([chunk async for chunk in stream][-1].finish_reason)
        except EngineUnavailable:
            return UNAVAILABLE


async def test_requests_end_in_time_and_all_is_well_again(tmp_path: Path) -> None:
    model = ModelConfig(path=write_tiny_model(tmp_path / "model"))
    servers = [Server(), Server()]
    with contextlib.ExitStack() as stack:
        for server in servers:
            server.behaviour = Behaviour(answer=[5, 6, 7, 8], pause=0.1)
            stack.enter_context(serving(server))
        port = free_port()
        command = router_command(port, [server.url for server in servers])
        url = f"http://127.0.0.1:{port}"
        http = stack.enter_context(httpx.Client(base_url=url))
        engine = RemoteEngine(model, RemoteConfig(urls=url))
        await engine.start()
        editors = Editors(engine)
        num_open = []
        async with asyncio.TaskGroup() as group:
            asking = [group.create_task(editors.ask(number)) for number in range(NUM_EDITORS)]
            for _ in range(TIMES_KILLED):
                log = tmp_path / "router"
                with running(command, log=log, cwd=ROOT, environment=os.environ) as router:
                    await asyncio.to_thread(
                        wait_until, lambda: healthy_workers(http) == len(servers), log
                    )
                    await editors.until("stop")
                    num_open.append(psutil.Process().num_fds())
                    router.kill()
                    await editors.until(UNAVAILABLE)
            for task in asking:
                task.cancel()
        assert editors.longest_seconds < DEADLINE_SECONDS + SLACK_SECONDS
        assert engine.is_idle
        await engine.stop()
        assert num_open[-1] <= num_open[0] + NUM_EDITORS
        async with asyncio.timeout(10):
            while any(server.num_open for server in servers):
                await asyncio.sleep(0.05)
