"""Apps on a fake engine, called in process or over a real socket."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from model import FakeEngine
from server.app import create_app
from server.settings import Settings

READY_SECONDS = 10.0


@dataclass(frozen=True)
class Client:
    """A started app and a way to call it."""

    http: httpx.AsyncClient
    app: FastAPI
    engine: FakeEngine

    async def predict(self, **body: Any) -> dict[str, Any]:
        """The answer to a prediction request that must succeed."""
        response = await self.http.post("/v1/predict", json=body)
        assert response.status_code == 200, response.text
        answer = response.json()
        assert isinstance(answer, dict)
        return answer

    async def metric(self, line_start: str) -> float:
        """The value of the first metric line that starts like this; 0 if there is none."""
        text = (await self.http.get("/metrics")).text
        values = [
            line.rsplit(" ", 1)[1] for line in text.splitlines() if line.startswith(line_start)
        ]
        return float(values[0]) if values else 0.0


MakeClient = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
def make_client() -> MakeClient:
    """Start an app in process: ``async with make_client(engine, settings) as client``."""

    @asynccontextmanager
    async def make(
        engine: FakeEngine | None = None, settings: Settings | None = None
    ) -> AsyncIterator[Client]:
        engine = engine or FakeEngine()
        app = create_app(settings or Settings(), engine=engine)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://test") as http,
        ):
            await until_ready(http)
            yield Client(http, app, engine)

    return make


@pytest.fixture
def serve() -> Iterator[Callable[[FakeEngine], str]]:
    """Serve an app over a loopback socket; the fixture's function answers its URL."""
    with contextlib.ExitStack() as stack:

        def start(engine: FakeEngine) -> str:
            config = uvicorn.Config(create_app(Settings(), engine=engine), port=0, log_config=None)
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run)
            thread.start()
            stack.callback(thread.join)
            stack.callback(setattr, server, "should_exit", True)
            deadline = READY_SECONDS
            while not server.started and deadline > 0:
                threading.Event().wait(0.02)
                deadline -= 0.02
            port = server.servers[0].sockets[0].getsockname()[1]
            url = f"http://127.0.0.1:{port}"
            while httpx.get(f"{url}/readyz").status_code != 200:
                threading.Event().wait(0.02)
            return url

        yield start


async def until_ready(http: httpx.AsyncClient) -> None:
    """Wait until the app's warm-up prediction has been answered."""
    async with asyncio.timeout(READY_SECONDS):
        while (await http.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.005)
