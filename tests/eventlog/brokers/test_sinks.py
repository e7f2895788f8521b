"""The same of every log: what is appended is durable, in order, and read again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.redis_server import RedisServer
from eventlog.brokers.opening import open_broker
from eventlog.segments import Line, LogUnavailable, RecordClass, SegmentConfig, SegmentLog
from eventlog.sink import RecordSink
from eventlog.source import FolderSource, LogSource

DAY = 86_400.0
RETENTION = {RecordClass.TEXT: DAY, RecordClass.COUNTS: DAY}
WAIT = 20.0


@dataclass(frozen=True)
class Log:
    """One to write, and the same to read."""

    sink: RecordSink
    source: LogSource


OpenLog = Callable[[int], Log]


@pytest.fixture(params=["segments", "redis", "kafka"])
def open_log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenLog]:
    opened: list[Log] = []

    def start(max_queue_bytes: int) -> Log:
        if request.param == "segments":
            folder = tmp_path / "log"
            config = SegmentConfig(max_queue_bytes=max_queue_bytes, min_free_bytes=0)
            log = Log(SegmentLog(folder, config), FolderSource(folder))
        elif request.param == "redis":
            server: RedisServer = request.getfixturevalue("redis_server")
            log = Log(*open_broker(server.url, max_queue_bytes, RETENTION))
        else:
            address = f"kafka://{request.getfixturevalue('kafka_servers')}/test"
            log = Log(*open_broker(address, max_queue_bytes, RETENTION))
        log.sink.start()
        opened.append(log)
        return log

    yield start
    for log in opened:
        log.sink.stop()


def line(number: int, record_class: RecordClass = RecordClass.COUNTS) -> Line:
    return Line(b'{"number":%d}\n' % number, record_class, "u01")


def test_what_is_appended_is_there(open_log: OpenLog) -> None:
    log = open_log(1 << 20)
    assert list(log.source.lines()) == []
    for number in range(0, 50, 5):
        log.sink.append([line(number + each) for each in range(5)]).result(WAIT)
    assert list(log.source.lines()) == [line(number).data for number in range(50)]
    assert log.sink.stats.num_written == {"counts": 50}
    assert not log.sink.stats.num_dropped


def test_each_class_by_itself(open_log: OpenLog) -> None:
    log = open_log(1 << 20)
    log.sink.append([line(number, each) for number, each in enumerate(RecordClass)]).result(WAIT)
    for number, each in enumerate(RecordClass):
        assert list(log.source.lines(each)) == [line(number).data]
    assert len(list(log.source.lines())) == len(RecordClass)


def test_what_is_offered_is_there_when_it_stops(open_log: OpenLog) -> None:
    log = open_log(1 << 20)
    assert all(log.sink.offer(line(number)) for number in range(2000))
    log.sink.stop()
    assert list(log.source.lines()) == [line(number).data for number in range(2000)]
    assert log.sink.lag_seconds == 0.0
    log.sink.start()
    log.sink.append([line(2000)]).result(WAIT)
    assert len(list(log.source.lines())) == 2001


def test_more_than_the_queue_takes(open_log: OpenLog) -> None:
    log = open_log(1000)
    big = Line(b"x" * 999 + b"\n", RecordClass.TEXT)
    assert not log.sink.offer(big)
    assert log.sink.stats.num_dropped == {("text", "queue_full"): 1}
    with pytest.raises(LogUnavailable):
        log.sink.append([big, big])
    log.sink.append([line(1)]).result(WAIT)
