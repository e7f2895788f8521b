"""The log in a Redis that is killed, is full, or forgets what is old."""

import time
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from benchmarks.redis_server import RedisServer
from eventlog.brokers.opening import open_broker
from eventlog.brokers.stream_log import STREAM
from eventlog.segments import Line, LogUnavailable, LogUnusable, RecordClass
from eventlog.shared_redis import SharedRedis

WAIT = 20.0
LINE = Line(b'{"number":1}\n', RecordClass.COUNTS)


def test_what_was_durable_outlives_a_kill(redis_server: RedisServer) -> None:
    sink, source = open_broker(redis_server.url, 1 << 20, {})
    sink.start()
    sink.append([LINE] * 100).result(WAIT)
    redis_server.kill()
    assert sink.offer(LINE)
    with pytest.raises(LogUnavailable, match="unavailable"):
        sink.append([LINE]).result(WAIT)
    redis_server.start()
    while True:
        try:
            sink.append([LINE]).result(WAIT)
            break
        except LogUnavailable:
            time.sleep(0.1)
    sink.stop()
    assert len(list(source.lines())) == 101
    assert sink.stats.num_written == {"counts": 101}
    assert set(sink.stats.num_dropped) == {("counts", "unavailable")}


def test_a_full_redis_refuses(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", "--appendonly", "yes")
    try:
        sink, _source = open_broker(server.url, 1 << 20, {})
        sink.start()
        sink.append([LINE]).result(WAIT)
        with server.client() as client:
            client.config_set("maxmemory", 1)
        with pytest.raises(LogUnavailable, match="refused"):
            sink.append([LINE]).result(WAIT)
        with server.client() as client:
            client.config_set("maxmemory", 0)
        sink.append([LINE]).result(WAIT)
        sink.stop()
    finally:
        server.kill()


def test_what_is_too_old_goes(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        now = int(time.time() * 1000)
        for record_class in RecordClass:
            for number in range(500):  # whole nodes go, of a hundred entries each
                client.xadd(STREAM + record_class, {"line": "x"}, id=f"{now - 100_000}-{number}")
    sink, source = open_broker(redis_server.url, 1 << 20, {RecordClass.TEXT: 50.0})
    sink.start()
    deadline = time.monotonic() + WAIT
    while list(source.lines(RecordClass.TEXT)) and time.monotonic() < deadline:
        time.sleep(0.05)
    sink.stop()
    assert not list(source.lines(RecordClass.TEXT))
    assert len(list(source.lines(RecordClass.CONSENT))) == 500


def test_much_that_is_too_old_goes_at_once(redis_server: RedisServer) -> None:
    """Although Redis cuts off only so much at a time."""
    stream = STREAM + RecordClass.TEXT
    with redis_server.client() as client:
        pipeline = client.pipeline(transaction=False)
        for number in range(30_000):
            pipeline.xadd(stream, {"line": "x"}, id=f"{1000 + number}-0")
        pipeline.execute()
        sink, _source = open_broker(redis_server.url, 1 << 20, {RecordClass.TEXT: 50.0})
        sink.start()
        deadline = time.monotonic() + WAIT
        while client.xlen(stream) and time.monotonic() < deadline:
            time.sleep(0.05)
        sink.stop()
        assert client.xlen(stream) == 0


@pytest.mark.parametrize(
    ("said", "told"),
    [("OOM no more", "OOM"), ("A bad thing: secret", "RedisError"), ("x1 secret", "RedisError")],
)
def test_errors_are_told_by_their_code(redis_server: RedisServer, said: str, told: str) -> None:
    redis = SharedRedis(redis_server.url)
    with pytest.raises(LogUnavailable) as error, redis.calls(LogUnavailable):
        raise RedisError(said)
    redis.close()
    assert str(error.value) == f"Redis: {told}"


@pytest.mark.parametrize(
    "address",
    ["redis://[::1/0", "redis://h:port/0", "redis://h/0?nonsense=1", "http://h", "rediss://h?a=1"],
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(LogUnusable, match="Redis"):
        SharedRedis(address)
