"""The same of every store of keys: one row for each user, for all who share it, until it goes."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from benchmarks.redis_server import RedisServer
from eventlog.keys import KeyRow, KeyStoreUnusable, KeyTable, RedisKeyTable, SqliteKeyTable
from eventlog.keys.redis_table import REWRITE_OWED
from eventlog.opening import existing_keys, open_shared_keys
from eventlog.segments import LogUnusable
from eventlog.shared_redis import SharedRedis

OpenTable = Callable[[], KeyTable]


@pytest.fixture(params=["sqlite", "redis"])
def open_table(request: pytest.FixtureRequest, tmp_path: Path) -> OpenTable:
    if request.param == "sqlite":
        return lambda: SqliteKeyTable(tmp_path / "keys")
    server: RedisServer = request.getfixturevalue("redis_server")
    return lambda: RedisKeyTable(SharedRedis(server.url))


ANN = KeyRow(b"hash \x00\xff", "u01", b"wrapped \n\x00 key")


def test_what_is_added_is_found_by_both_names(open_table: OpenTable) -> None:
    assert open_table().find(ANN.hash) is None
    assert open_table().find_pseudonym("u01") is None
    assert open_table().add(ANN) == ANN
    assert open_table().find(ANN.hash) == ANN
    assert open_table().find_pseudonym("u01") == ANN


def test_the_first_row_stands(open_table: OpenTable) -> None:
    open_table().add(ANN)
    assert open_table().add(KeyRow(ANN.hash, "u02", b"other")) == ANN
    assert open_table().find_pseudonym("u02") is None


def test_what_is_removed_is_gone(open_table: OpenTable) -> None:
    open_table().add(ANN)
    open_table().remove("u01")
    open_table().remove("u01")
    assert open_table().find(ANN.hash) is None
    assert open_table().find_pseudonym("u01") is None
    again = KeyRow(ANN.hash, "u03", b"new")
    assert open_table().add(again) == again


def test_secrets_are_made_once(open_table: OpenTable) -> None:
    assert open_table().secret("ids", b"\x00one") == b"\x00one"
    assert open_table().secret("ids", b"two") == b"\x00one"
    assert open_table().secret("other", b"two") == b"two"


def test_all_who_add_at_once_get_the_same_row(open_table: OpenTable) -> None:
    found: list[KeyRow] = []
    tables = [open_table() for _each in range(8)]
    threads = [
        threading.Thread(
            target=lambda table=table, number=number: found.append(
                table.add(KeyRow(ANN.hash, f"u{number}", b"%d" % number))
            )
        )
        for number, table in enumerate(tables)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_destroyed_key_does_not_linger_in_the_file(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    table = RedisKeyTable(SharedRedis(redis_server.url))
    table.add(KeyRow(b"hash", "u01", b"a wrapped key"))
    table.remove("u01")
    with redis_server.client() as client:
        while client.info("persistence")["aof_rewrite_in_progress"]:
            pass
    written = [path for path in (tmp_path / "redis").rglob("*") if path.is_file()]
    assert written
    assert not any(b"a wrapped key" in path.read_bytes() for path in written)


def test_readers_make_nothing(redis_server: RedisServer, tmp_path: Path) -> None:
    master = f"file:{tmp_path / 'master.key'}"
    with pytest.raises(KeyStoreUnusable, match="holds no keys"):
        existing_keys(redis_server.url, master)
    with redis_server.client() as client:
        assert client.dbsize() == 0
    keys = open_shared_keys(SharedRedis(redis_server.url), master)
    assert existing_keys(redis_server.url, master).find("ann") is None
    assert existing_keys(redis_server.url, master).key_for("ann") == keys.key_for("ann")


def test_one_master_key_for_all(redis_server: RedisServer) -> None:
    with pytest.raises(KeyStoreUnusable, match="one master key"):
        open_shared_keys(SharedRedis(redis_server.url), None)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (("--appendonly", "no"), "appendonly yes"),
        (("--appendonly", "yes", "--maxmemory-policy", "allkeys-lru"), "noeviction"),
    ],
)
def test_a_redis_that_may_forget(tmp_path: Path, settings: tuple[str, ...], message: str) -> None:
    server = RedisServer(tmp_path / "cache", *settings)
    try:
        with pytest.raises(LogUnusable, match=message):
            SharedRedis(server.url)
    finally:
        server.kill()


@pytest.mark.parametrize("address", ["", "kafka://x", "redis://127.0.0.1:1/0", "redis://x:y/0"])
def test_an_address_where_no_redis_is(address: str) -> None:
    with pytest.raises(LogUnusable):
        SharedRedis(address)


def test_what_fails_says_nothing_of_the_data(redis_server: RedisServer) -> None:
    table = RedisKeyTable(SharedRedis(redis_server.url))
    with redis_server.client() as client:
        client.set("foretype:users", "of another type")
    with pytest.raises(KeyStoreUnusable, match=r"^Redis: WRONGTYPE$"):
        table.find(b"hash")
    redis_server.kill()
    with pytest.raises(KeyStoreUnusable, match="does not answer"):
        table.find(b"hash")
    with pytest.raises(KeyStoreUnusable, match="does not answer"):
        table.find(b"hash")


def test_a_key_removed_while_redis_writes_its_file_anew_is_not_in_it(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    table = RedisKeyTable(SharedRedis(redis_server.url))
    rows = [KeyRow(b"hash%d" % n, f"u{n}", b"wrapped-key-%d" % n) for n in range(3)]
    for row in rows:
        table.add(row)
    with redis_server.client() as redis:
        redis.config_set("rdbcompression", "no")
        redis.config_set("rdb-key-save-delay", 200_000)
        table.remove("u0")
        table.remove("u1")
        redis.config_set("rdb-key-save-delay", 0)
        deadline = time.monotonic() + 30
        while redis.exists(REWRITE_OWED) or _is_rewriting(redis):
            assert time.monotonic() < deadline
            table.tidy()
            time.sleep(0.1)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert [row.wrapped in kept for row in rows] == [False, False, True]


def _is_rewriting(redis: Redis) -> bool:
    state = redis.info("persistence")
    assert isinstance(state, dict)
    return bool(state["aof_rewrite_in_progress"] or state["aof_rewrite_scheduled"])
