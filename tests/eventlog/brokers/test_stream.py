"""The log in a Redis that is killed, is full, or forgets what is old."""

import time
from pathlib import Path

import pytest

from benchmarks.redis_server import RedisServer
from eventlog.brokers.opening import open_broker
from eventlog.brokers.stream_log import STREAM
from eventlog.segments import Line, LogUnavailable, RecordClass

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
