"""The same of every table of counts: what all servers added, by minute."""

import time
from collections.abc import Callable
from pathlib import Path
from shutil import copyfile

import pytest

from benchmarks.redis_server import RedisServer
from eventlog.shared_redis import SharedRedis
from rollout import StoreUnavailable
from rollout.health.counts import KEPT_MINUTES, Counts, HealthTable
from rollout.health.opening import LateHealthTable
from rollout.health.redis import RedisHealthTable
from rollout.health.sqlite import SqliteHealthTable
from rollout.store.opening import open_store

OpenTable = Callable[[], HealthTable]
NOW = int(time.time() // 60)
ONE, OTHER = ("salt-1", "control"), ("salt-1", "treatment")


@pytest.fixture(params=["sqlite", "redis"])
def open_table(request: pytest.FixtureRequest, tmp_path: Path) -> OpenTable:
    if request.param == "sqlite":
        return lambda: SqliteHealthTable(tmp_path / "rollout.sqlite")
    server: RedisServer = request.getfixturevalue("redis_server")
    return lambda: RedisHealthTable(SharedRedis(server.url))


def test_what_several_servers_add_is_summed(open_table: OpenTable) -> None:
    first, second = open_table(), open_table()
    assert first.since(NOW) == {}
    first.add(NOW, {ONE: Counts(10, 1, 2), OTHER: Counts(5, 0, 0)})
    second.add(NOW, {ONE: Counts(1, 1, 0)})
    assert first.since(NOW) == {ONE: Counts(11, 2, 2), OTHER: Counts(5, 0, 0)}


def test_minutes_before_do_not_count(open_table: OpenTable) -> None:
    table = open_table()
    for minute in (NOW - 5, NOW - 1, NOW, NOW + 1):
        table.add(minute, {ONE: Counts(1, 0, 0)})
    counted = [table.since(minute)[ONE].users for minute in (NOW - 9, NOW - 4, NOW)]
    assert counted == [4, 3, 2]


@pytest.mark.parametrize("minutes", [-7, 7])
def test_servers_whose_clocks_are_apart(redis_server: RedisServer, minutes: int) -> None:
    """What one sees now, the others are told of now."""
    redis = SharedRedis(redis_server.url)
    right = RedisHealthTable(redis)
    wrong = RedisHealthTable(redis, lambda: time.time() + 60 * minutes)
    right.add(NOW, {ONE: Counts(1, 0, 0)})
    wrong.add(NOW + minutes, {ONE: Counts(1, 1, 0)})
    assert right.since(NOW - 1) == wrong.since(NOW + minutes - 1) == {ONE: Counts(2, 1, 0)}
    assert right.since(NOW + 2) == wrong.since(NOW + minutes + 2) == {}


def test_old_minutes_go(open_table: OpenTable, redis_server: RedisServer) -> None:
    table = open_table()
    table.add(NOW - KEPT_MINUTES - 1, {ONE: Counts(1, 0, 0)})
    table.add(NOW, {ONE: Counts(1, 0, 0)})
    assert table.since(NOW - KEPT_MINUTES + 1)[ONE].users == 1
    with redis_server.client() as client:
        assert all(0 < client.ttl(key) <= 60 * KEPT_MINUTES for key in client.keys("*"))


def test_a_redis_that_is_away(redis_server: RedisServer) -> None:
    table = RedisHealthTable(SharedRedis(redis_server.url))
    redis_server.kill()
    with pytest.raises(StoreUnavailable):
        table.add(NOW, {ONE: Counts(1, 0, 0)})
    with pytest.raises(StoreUnavailable):
        table.since(NOW)


def test_a_backup_that_is_moved_over_the_file_is_counted_in(tmp_path: Path) -> None:
    """As a store does: else a breaker would see nothing any more."""
    file = tmp_path / "rollout.sqlite"
    table, store = SqliteHealthTable(file), open_store(str(file))
    table.add(NOW, {ONE: Counts(1, 0, 0)})
    backup = file.with_suffix(".backup")
    copyfile(file, backup)
    table.add(NOW, {ONE: Counts(1, 1, 0)})
    backup.rename(file)
    assert table.since(NOW) == {ONE: Counts(1, 0, 0)}
    table.add(NOW, {ONE: Counts(1, 0, 1)})
    assert table.since(NOW) == SqliteHealthTable(file).since(NOW) == {ONE: Counts(2, 0, 1)}
    store.close()


def test_a_file_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    """A store makes it, or nobody."""
    file = tmp_path / "rollout.sqlite"
    table = LateHealthTable(str(file))
    for _each in range(2):
        with pytest.raises(StoreUnavailable, match="there is no store"):
            table.add(NOW, {ONE: Counts(1, 0, 0)})
        assert not file.exists() or not file.stat().st_size
        file.touch()  # it is being copied
    file.unlink()
    open_store(str(file)).close()
    table.add(NOW, {ONE: Counts(1, 0, 0)})
    assert table.since(NOW) == {ONE: Counts(1, 0, 0)}
