"""From brokers and object stores into segments: nothing lost, whoever dies on the way."""

import random
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.redis_server import RedisServer
from eventlog.__main__ import main
from eventlog.brokers import stream_reading
from eventlog.brokers.opening import SHARED_CLASSES, open_broker, subscribe, subscribe_folder
from eventlog.brokers.stream_log import STREAM
from eventlog.checking import check
from eventlog.collecting import collect
from eventlog.lines import checked_line
from eventlog.opening import segments_of
from eventlog.segments import (
    DAY_SECONDS,
    Line,
    RecordClass,
    SegmentConfig,
    SegmentLog,
    SegmentStore,
)
from eventlog.source import FolderSource

CONFIG = SegmentConfig(min_free_bytes=0)
TEXT = RecordClass.TEXT


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


def collected(folder: Path, *classes: RecordClass) -> list[bytes]:
    return sorted(
        line for each in classes or RecordClass for line in FolderSource(folder).lines(each)
    )


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


def test_each_folder_of_a_group_gets_every_consent(address: str, tmp_path: Path) -> None:
    """And what else comes is in one of them."""
    one, two = tmp_path / "one", tmp_path / "two"
    assert main(["collect", address, str(one)]) == 0
    write(address, lines(30, first=300))
    assert main(["collect", address, str(two)]) == 0
    assert main(["collect", address, str(one)]) == 0
    written = lines(330)
    consents = sorted(each.data for each in written if each.record_class is RecordClass.CONSENT)
    assert collected(one, RecordClass.CONSENT) == collected(two, RecordClass.CONSENT) == consents
    shared = collected(one, *SHARED_CLASSES) + collected(two, *SHARED_CLASSES)
    assert sorted(shared + consents) == sorted(each.data for each in written)


def test_a_folder_gets_the_consents_it_lacks(redis_server: RedisServer, tmp_path: Path) -> None:
    """As they come, and also those it has had and lost."""
    folder = tmp_path / "log"
    write(redis_server.url, lines(30))
    assert main(["collect", redis_server.url, str(folder)]) == 0
    for path in segments_of(folder, RecordClass.CONSENT):
        path.unlink()
    with closing(subscribe_folder(redis_server.url, "collect", folder)) as subscription:
        taken = subscription.take(0.1)
        assert [each.data for each in taken] == [each.data for each in lines(30)[2::3]]
        assert not subscription.take(0.1)
        write(redis_server.url, lines(3, first=30))
        assert {each.data for _each in range(2) for each in subscription.take(0.1)} == {
            each.data for each in lines(3, first=30)
        }


def test_lines_that_together_are_too_much_for_the_queue(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    sink, _source = open_broker(redis_server.url, 64 << 20, {})
    sink.start()
    for number in range(10):
        big = Line(checked_line(b'{"number":%d,"pad":"%b"}' % (number, b"x" * 40_000)), TEXT)
        sink.append([big] * 100).result(20)
    sink.stop()
    assert main(["collect", redis_server.url, str(tmp_path / "log")]) == 0
    assert len(collected(tmp_path / "log")) == 1000


def test_what_was_cut_off_before_it_was_done(
    redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can do it any more, and nobody is held up."""
    monkeypatch.setattr(stream_reading, "ABANDONED_SECONDS", 0.0)
    write(redis_server.url, lines(30))
    dying = subscribe(redis_server.url, "collect", [TEXT])
    assert len(dying.take(1.0)) == 10
    dying.close()
    with redis_server.client() as client:
        client.xtrim(STREAM + TEXT, maxlen=2, approximate=False)
        assert main(["collect", redis_server.url, str(tmp_path / "log")]) == 0
        assert len(collected(tmp_path / "log", TEXT)) == 2
        assert client.xpending(STREAM + TEXT, "collect")["pending"] == 0


def test_a_member_that_leaves_is_forgotten(
    redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless it holds what another is to get."""
    write(redis_server.url, lines(30))
    holding = subscribe(redis_server.url, "collect", [TEXT])
    assert holding.take(1.0)
    holding.close()
    write(redis_server.url, lines(30))
    assert main(["collect", redis_server.url, str(tmp_path / "log")]) == 0
    with redis_server.client() as client:
        assert len(client.xinfo_consumers(STREAM + TEXT, "collect")) == 1
        assert not client.xinfo_consumers(STREAM + RecordClass.COUNTS, "collect")


@pytest.mark.parametrize(
    ("days", "left"),
    [
        ([], ["consent", "counts", "text", "text"]),
        (["--counts-days", "1"], ["consent", "counts", "text", "text"]),
        (["--text-days", "30"], ["consent", "counts", "counts", "text"]),
    ],
)
def test_what_others_keep_in_the_store_stays_unless_said_otherwise(
    days: list[str], left: list[str], redis_server: RedisServer, tmp_path: Path
) -> None:
    url = _store_with_old_text(tmp_path)
    write(redis_server.url, lines(30))
    folder = str(tmp_path / "log")
    assert main(["collect", redis_server.url, folder, "--store", url, *days]) == 0
    assert sorted(name.partition("-")[0] for name in SegmentStore(url).names()) == left


def _store_with_old_text(folder: Path) -> str:
    """As a server leaves it that keeps text for longer."""
    url = f"file://{folder / 'bucket'}"
    config = SegmentConfig(min_free_bytes=0, retention_seconds={TEXT: 90 * DAY_SECONDS})
    log = SegmentLog(folder / "server", config, SegmentStore(url))
    log.start()
    old = (datetime.now(UTC) - timedelta(days=60)).isoformat().encode()
    log.append([Line(checked_line(b'{"time":"%b","sealed":"QUJD"}' % old), TEXT)]).result(20)
    log.stop()
    return url


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
    assert main(["collect", "redis://127.0.0.1:1/0?foo=1", str(tmp_path / "log")]) == 2
    assert "'foo'" in capsys.readouterr().err
    for address in ("redis://[::1/0", "kafka://[::1/name"):
        assert main(["collect", address, str(tmp_path / "log")]) == 2
        assert "Invalid IPv6" in capsys.readouterr().err
    assert main(["collect", "nowhere", str(tmp_path / "log")]) == 2
    assert "redis://" in capsys.readouterr().err
    assert main(["collect", "nowhere://x", str(tmp_path / "log")]) == 2
    assert "object store" in capsys.readouterr().err


@pytest.mark.parametrize("follow", [[], ["--follow"]])
def test_a_kafka_that_is_away(
    follow: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    assert main(["collect", "kafka://127.0.0.1:1/name", str(tmp_path / "log"), *follow]) == 2
    assert "Kafka does not answer" in capsys.readouterr().err
    assert time.monotonic() - began < 15


def test_a_number_of_days_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for days in ("0", "-1", "nan", "inf", "x"):
        with pytest.raises(SystemExit):
            main(["collect", "redis://h", str(tmp_path), "--text-days", days])
        assert "--text-days" in capsys.readouterr().err
