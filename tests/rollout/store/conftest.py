"""Both stores, each opened as often as a test likes, as by so many processes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.redis_server import RedisServer
from rollout.store.base import RolloutStore
from rollout.store.opening import open_store

Open = Callable[[], RolloutStore]
OpenAt = Callable[[str], RolloutStore]


@pytest.fixture(params=["sqlite", "redis"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "folder" / "rollout.sqlite")
    server: RedisServer = request.getfixturevalue("redis_server")
    return server.url


@pytest.fixture
def open_at() -> Iterator[OpenAt]:
    opened: list[RolloutStore] = []

    def open_one(address: str) -> RolloutStore:
        opened.append(open_store(address))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def open_one(address: str, open_at: OpenAt) -> Open:
    return lambda: open_at(address)
