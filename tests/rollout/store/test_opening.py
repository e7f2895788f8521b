"""Addresses of stores."""

import threading
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from benchmarks.redis_server import RedisServer
from rollout.errors import RolloutError, StoreUnavailable
from rollout.store.base import RolloutStore
from rollout.store.late import LateStore
from rollout.store.opening import check_address, open_store
from tests.rollout.store.conftest import OpenAt
from tests.rollout.store.entries import change, state_of


def test_a_socket(tmp_path: Path, open_at: OpenAt) -> None:
    socket = tmp_path / "socket"
    server = RedisServer(tmp_path / "redis", "--appendonly", "yes", "--unixsocket", str(socket))
    try:
        open_at(f"unix://{socket}").save(change(1))
        assert open_at(server.url).load() == state_of(1)
    finally:
        server.kill()


def test_a_file_is_its_owners(tmp_path: Path, open_at: OpenAt) -> None:
    path = tmp_path / "rollout.sqlite"
    open_at(str(path)).save(change(1))
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("address", "message"), [("", "is empty"), ("kafka://x", "redis://, rediss://, unix://")]
)
def test_an_address_of_no_store(address: str, message: str) -> None:
    with pytest.raises(RolloutError, match=message):
        check_address(address)
    with pytest.raises(RolloutError, match=message):
        open_store(address)


@pytest.mark.parametrize("address", ["redis://127.0.0.1:1/0", "redis://x:y/0", "redis://[::1"])
def test_an_address_where_no_redis_is(address: str) -> None:
    with pytest.raises(StoreUnavailable, match=r"the address of Redis|does not answer"):
        open_store(address)


def test_a_redis_that_may_forget(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "cache", "--appendonly", "no")
    try:
        with pytest.raises(StoreUnavailable, match="appendonly yes"):
            open_store(server.url)
    finally:
        server.kill()


@pytest.mark.parametrize(
    ("settings", "reasons"),
    [
        (("--appendfsync", "always"), []),
        (
            ("--appendfsync", "everysec"),
            ["a power loss may undo a change: set appendfsync always"],
        ),
        (("--appendfsync", "everysec", "--rename-command", "CONFIG", "SECRET"), []),
    ],
)
def test_a_redis_that_may_undo_what_it_acknowledged(
    tmp_path: Path, open_at: OpenAt, settings: tuple[str, ...], reasons: list[str]
) -> None:
    server = RedisServer(tmp_path / "redis", "--appendonly", "yes", *settings)
    try:
        with capture_logs() as logs:
            store = open_at(server.url)
            store.save(change(1))
            store.load()
        assert [record["reason"] for record in logs] == reasons
    finally:
        server.kill()


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, open_at: OpenAt) -> None:
    path = tmp_path / "rollout.sqlite"
    with pytest.raises(StoreUnavailable, match="there is no store"):
        open_store(str(path), may_make=False)
    assert not path.exists()
    open_at(str(path)).save(change(1))
    open_store(str(path), may_make=False).close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("a text that is longer than a database's header" * 100)
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "text", tmp_path / "folder", tmp_path / "text" / "below"):
        with pytest.raises(RolloutError, match=str(path)):
            open_store(str(path))


def test_a_closed_file(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "rollout.sqlite"))
    store.close()
    with pytest.raises(StoreUnavailable):
        store.load()
    with pytest.raises(StoreUnavailable):
        store.save(change(1))


def test_a_late_store_is_opened_when_it_can_be(redis_server: RedisServer) -> None:
    redis_server.kill()
    store = LateStore(partial(open_store, redis_server.url))
    for call in (store.load, store.history, partial(store.save, change(1))):
        with pytest.raises(StoreUnavailable):
            call()
    redis_server.start()
    store.save(change(1))
    store.note(change(1))
    assert store.load() == state_of(1)
    assert len(store.history(1)) == 1
    assert store.wait_for_change(0, 30.0)
    assert store.lead("ann", 60.0)
    assert not store.lead("bob", 60.0)
    store.resign("ann")
    assert store.lead("bob", 60.0)
    store.close()


def test_a_late_store_is_opened_once(tmp_path: Path, open_at: OpenAt) -> None:
    opened: list[RolloutStore] = []

    def open_it() -> RolloutStore:
        opened.append(open_at(str(tmp_path / "rollout.sqlite")))
        return opened[-1]

    store = LateStore(open_it)
    threads = [threading.Thread(target=store.load) for _each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
