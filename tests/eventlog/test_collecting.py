"""From brokers and object stores into segments: nothing lost, whoever dies on the way."""

import random
from pathlib import Path

import pytest

from benchmarks.redis_server import RedisServer
from eventlog.__main__ import main
from eventlog.brokers import stream_reading
from eventlog.brokers.opening import open_broker, subscribe
from eventlog.checking import check
from eventlog.collecting import collect
from eventlog.lines import checked_line
from eventlog.segments import Line, RecordClass, SegmentConfig, SegmentLog
from eventlog.source import FolderSource

CONFIG = SegmentConfig(min_free_bytes=0)


def lines(count: int, first: int = 0) -> list[Line]:
    classes = list(RecordClass)
    return [
        Line(checked_line(b'{"number":%d}' % number), classes[number % 3], f"u{number % 5}")
        for number in range(first, first + count)
    ]


@pytest.fixture(params=["redis", "kafka"])
def address(request: pytest.FixtureRequest) -> str:
    """A broker, and a log with three hundred lines."""
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        address = server.url
    else:
        servers = request.getfixturevalue("kafka_servers")
        # This broker lets a member go only when its session is over.
        address = f"kafka://{servers}/test?session.timeout.ms=6000&heartbeat.interval.ms=300"
    write(address, lines(300))
    return address


def write(address: str, written: list[Line]) -> None:
    sink, _source = open_broker(address, 1 << 20, {})
    sink.start()
    sink.append(written).result(20)
    sink.stop()


def collected(folder: Path) -> list[bytes]:
    return sorted(FolderSource(folder).lines())


def test_all_that_is_there_comes_once(address: str, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    assert main(["collect", address, str(folder)]) == 0
    assert collected(folder) == sorted(line.data for line in lines(300))
    assert [report.problem for report in check(folder)] == [None] * 3
    write(address, lines(30, first=300))
    assert main(["collect", address, str(folder)]) == 0
    assert collected(folder) == sorted(line.data for line in lines(330))


def test_another_group_gets_all_again(address: str, tmp_path: Path) -> None:
    assert main(["collect", address, str(tmp_path / "one")]) == 0
    assert main(["collect", address, str(tmp_path / "two"), "--group", "labellers"]) == 0
    assert collected(tmp_path / "one") == collected(tmp_path / "two")


def test_what_one_took_and_did_not_do_another_gets(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_reading, "ABANDONED_SECONDS", 0.0)
    dying = subscribe(address, "labellers")
    taken: list[Line] = []
    while not taken:
        taken = dying.take(1.0)
    dying.close()
    log = SegmentLog(tmp_path / "log", CONFIG)
    log.start()
    living = subscribe(address, "labellers")
    assert collect(living, log, follow=False) == 300
    living.close()
    log.stop()
    assert collected(tmp_path / "log") == sorted(line.data for line in lines(300))


def test_members_of_a_group_share_what_comes(redis_server: RedisServer) -> None:
    write(redis_server.url, lines(3000))
    members = [subscribe(redis_server.url, "labellers") for _each in range(3)]
    taken: list[bytes] = []
    while True:
        found = random.Random(len(taken)).choice(members).take(0.05)
        if not found:
            break
        taken += [line.data for line in found]
    for member in members:
        member.done()
        member.close()
    assert sorted(taken) == sorted(line.data for line in lines(3000))


def test_a_log_that_is_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["collect", "redis://127.0.0.1:1/0", str(tmp_path / "log")]) == 2
    assert "does not answer" in capsys.readouterr().err
    assert main(["collect", "nowhere", str(tmp_path / "log")]) == 2
    assert "redis://" in capsys.readouterr().err
    assert main(["collect", "nowhere://x", str(tmp_path / "log")]) == 2
    assert "object store" in capsys.readouterr().err
