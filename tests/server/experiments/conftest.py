"""Apps with experiments, in a store of each kind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.redis_server import RedisServer
from model import FakeEngine
from rollout import ExperimentsConfig
from server.data import DataConfig
from server.settings import Settings
from tests.server.conftest import Client, MakeClient

TOKEN = "the-operators-token"
AS_OPERATOR = {"authorization": f"Bearer {TOKEN}"}
TREATMENT = {"key": "treatment", "changes": {"prompt_format": "zeta1"}}


def document(version: int = 1, **changes: Any) -> dict[str, Any]:
    """A document with one experiment."""
    spec = {"key": "formats", "salt": "formats-1", "treatments": [TREATMENT]} | changes
    return {"version": version, "experiments": [spec]}


@dataclass(frozen=True)
class Operator:
    """An app, and an operator's way to it."""

    client: Client

    async def get(self, path: str = "") -> dict[str, Any]:
        answer = await self.client.http.get(f"/v1/rollout{path}", headers=AS_OPERATOR)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert isinstance(found, dict)
        return found

    async def apply(self, fields: dict[str, Any], **more: Any) -> httpx.Response:
        body = {"document": fields} | more
        return await self.client.http.put("/v1/rollout/document", json=body, headers=AS_OPERATOR)

    async def act(self, action: str, key: str = "formats", **body: Any) -> httpx.Response:
        path = f"/v1/rollout/experiments/{key}/{action}"
        return await self.client.http.post(path, json=body, headers=AS_OPERATOR)

    async def run(self, **changes: Any) -> None:
        """An experiment that serves half of the users its treatment."""
        fields = document(**{"stages": [0.5, 1.0]} | changes)
        assert (await self.apply(fields)).status_code == 200
        assert (await self.act("start")).status_code == 200

    async def until_revision(self, revision: int) -> None:
        """Until the server follows so far."""
        while await self.client.metric("foretype_rollout_revision") != revision:
            await asyncio.sleep(0.02)

    async def arms(self, num_users: int = 12) -> list[str]:
        """Who of some users is served what now."""
        body = {"path": "a.py", "text": "x = ", "cursor": 4}
        answers = [
            await self.client.predict(**body, user=f"user-{number}") for number in range(num_users)
        ]
        return [f"{answer['experiment']} {answer['arm']}" for answer in answers]


OpenOperator = Callable[..., AbstractAsyncContextManager[Operator]]


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "rollout.sqlite")
    server: RedisServer = request.getfixturevalue("redis_server")
    return server.url


@pytest.fixture
def open_operator(make_client: MakeClient, store: str) -> OpenOperator:
    """``async with open_operator() as operator``: all of a test share the store."""

    @asynccontextmanager
    async def start(
        engine: FakeEngine | None = None,
        data: DataConfig | None = None,
        **settings: Any,
    ) -> AsyncIterator[Operator]:
        config = ExperimentsConfig(**{"store": store, "admin_token": TOKEN} | settings)
        all_settings = Settings(experiments=config, data=data or DataConfig())
        async with make_client(engine or FakeEngine(), all_settings) as client:
            yield Operator(client)

    return start
