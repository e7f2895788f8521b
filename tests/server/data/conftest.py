"""Apps that keep data in a folder, and what lies there afterwards."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from eventlog import ReadCounts, Record
from eventlog.opening import open_keys, segments_of
from eventlog.reading import read_records
from model import FakeEngine
from server.data import DataConfig
from server.settings import Settings
from tests.server.conftest import Client, MakeClient

ADMIN = "an-administrators-token"
AS_ADMIN = {"authorization": f"Bearer {ADMIN}"}
LICENSE = (
    "MIT License. Permission is hereby granted, free of charge, to any person obtaining a copy of"
    " this software. The above copyright notice and this permission notice shall be included."
)
ASK: dict[str, Any] = {
    "path": "shop/area.py",
    "text": "def area(width, height):\n    return ",
    "cursor": 36,
    "user": "ann",
    "session": "window",
    "project": "shop",
    "repo_url": "https://example.com/shop",
    "can_collect_data": True,
}


@dataclass(frozen=True)
class DataClient:
    """An app that keeps data, and its folder."""

    client: Client
    folder: Path

    @property
    def http(self) -> httpx.AsyncClient:
        return self.client.http

    async def predict(self, **changes: Any) -> dict[str, Any]:
        return await self.client.predict(**(ASK | changes))

    async def consent(self, user: str = "ann", project: str = "shop", **changes: Any) -> None:
        body = {"project": project, "policy_version": "1", "license_text": LICENSE} | changes
        answer = await self.http.put(f"/v1/users/{user}/consents", json=body, headers=AS_ADMIN)
        assert answer.status_code == 200, answer.text

    async def report(self, path: str, user: str = "ann", **body: Any) -> dict[str, Any]:
        answer = await self.http.post(f"/v1/{path}", json={"user": user, **body})
        assert answer.status_code == 200, answer.text
        receipt = answer.json()
        assert isinstance(receipt, dict)
        return receipt

    async def outcome(self, prediction_id: str, outcome: str, **fields: Any) -> dict[str, Any]:
        return await self.report(
            "outcomes", outcomes=[{"prediction_id": prediction_id, "outcome": outcome, **fields}]
        )


OpenData = Callable[..., AbstractAsyncContextManager[DataClient]]


@pytest.fixture
def open_data(make_client: MakeClient, tmp_path: Path) -> OpenData:
    """``async with open_data(engine, **data_settings) as data``: what it wrote stays there."""

    @asynccontextmanager
    async def start(engine: FakeEngine | None = None, **settings: Any) -> AsyncIterator[DataClient]:
        folder = tmp_path / "data"
        values = {"folder": folder, "admin_token": ADMIN, "min_free_mb": 0, **settings}
        config = DataConfig(**values)
        engine = engine or FakeEngine(["width * height\n"])
        async with make_client(engine, Settings(data=config)) as client:
            yield DataClient(client, Path(values["folder"]))

    return start


async def until(data: DataClient, metric: str, value: float) -> None:
    """Wait until a metric has a value: the worker counts after the answer has gone."""
    while await data.client.metric(metric) != value:
        await asyncio.sleep(0.02)


def records(folder: Path, counts: ReadCounts | None = None) -> list[Record]:
    """Everything in the log, opened."""
    return list(read_records(segments_of(folder / "log"), counts, open_keys(folder).key_named))


def raw(folder: Path) -> bytes:
    """Every byte that is kept."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
