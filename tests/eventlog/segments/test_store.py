"""Sealed segments in an object store: there soon, whole, and gone when their time is over."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ulid import ULID

from eventlog import Record
from eventlog.__main__ import main
from eventlog.checking import check
from eventlog.encoding import encode
from eventlog.opening import open_keys, segments_of
from eventlog.reading import ReadCounts, read_records
from eventlog.segments import (
    LogUnavailable,
    LogUnusable,
    RecordClass,
    SegmentConfig,
    SegmentLog,
    SegmentStore,
    shipper,
)
from eventlog.segments import store as store_module
from eventlog.segments.manifest import SealedSegment, read_manifest
from eventlog.segments.store import expire_in_store
from tests.eventlog.logs import outcome, prediction
from tests.eventlog.segments.conftest import line

CONFIG = SegmentConfig(min_free_bytes=0, retention_seconds={})
DAY = 86_400.0


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"file://{tmp_path / 'bucket'}"


def write(folder: Path, store: SegmentStore | None, number: int = 1) -> None:
    """A server from its start to its stop: a segment of text, and one of counts."""
    keys = open_keys(folder)
    log = SegmentLog(folder / "log", CONFIG, store)
    log.start()
    records: list[Record] = [prediction(f"p{number}"), outcome(f"p{number}", "shown")]
    log.append([encode(record, keys) for record in records]).result(20)
    log.stop()


def names(store: SegmentStore) -> set[str]:
    return {entry.name for entry in store.entries()}


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert is_so()


def test_what_is_sealed_is_stored(tmp_path: Path, url: str) -> None:
    store = SegmentStore(url)
    write(tmp_path / "data", store)
    assert names(store) == {path.name for path in segments_of(tmp_path / "data" / "log")}
    assert len(names(store)) == 2


def test_what_was_sealed_without_a_store_is_stored_later(tmp_path: Path, url: str) -> None:
    write(tmp_path / "data", None)
    write(tmp_path / "data", SegmentStore(url), number=2)
    assert len(names(SegmentStore(url))) == 4


def test_several_logs_in_one_place(tmp_path: Path, url: str) -> None:
    """And back on another machine, where every reader finds them."""
    for number in range(3):
        write(tmp_path / f"data-{number}", SegmentStore(url), number)
    folder = tmp_path / "all"
    assert main(["collect", url, str(folder)]) == 0
    assert main(["collect", url, str(folder)]) == 0
    assert main(["verify", str(folder)]) == 0
    assert len([report for report in check(folder) if report.problem is None]) == 6
    counts = ReadCounts()
    assert len(list(read_records(segments_of(folder), counts))) == 3
    assert counts.num_sealed == 3


def test_a_store_that_is_away_comes_back(tmp_path: Path, url: str) -> None:
    bucket = tmp_path / "bucket"
    store = SegmentStore(url)
    bucket.rmdir()
    bucket.write_text("in its way")
    write(tmp_path / "data", store)
    assert len(segments_of(tmp_path / "data" / "log")) == 2
    bucket.unlink()
    bucket.mkdir()
    log = SegmentLog(tmp_path / "data" / "log", CONFIG, store)
    log.start()
    until(lambda: len(names(store)) == 2)
    log.stop()
    assert log.stats.num_unshipped == 0


def test_what_is_damaged_there_does_not_come_back(tmp_path: Path, url: str) -> None:
    store = SegmentStore(url)
    write(tmp_path / "data", store)
    entry = next(iter(store.entries()))
    stored = tmp_path / "bucket" / entry.name
    whole = stored.read_bytes()
    (tmp_path / "here").mkdir()
    for damaged in (whole[:-9], b"no zstd at all", whole[:40] + b"x" + whole[41:]):
        stored.write_bytes(damaged)
        with pytest.raises(LogUnavailable, match="damaged"):
            store.get(entry, tmp_path / "here")
    assert not list((tmp_path / "here").iterdir())


def test_old_text_goes_and_its_counts_stay(tmp_path: Path, url: str) -> None:
    store = SegmentStore(url)
    write(tmp_path / "data", store)
    retention = {RecordClass.TEXT: 30 * DAY, RecordClass.COUNTS: 400 * DAY}
    [entry] = [each for each in store.entries() if each.name.startswith("text-")]
    assert entry.last_time is not None
    then = entry.last_time
    assert expire_in_store(store, then + timedelta(days=29), retention) == 0
    assert expire_in_store(store, then + timedelta(days=31), retention) == 1
    assert expire_in_store(store, then + timedelta(days=31), retention) == 0
    assert [name.partition("-")[0] for name in sorted(names(store))] == ["counts", "counts"]
    assert main(["collect", url, str(tmp_path / "here")]) == 0
    assert len(list(read_records(segments_of(tmp_path / "here")))) == 2
    assert expire_in_store(store, then + timedelta(days=401), retention) == 2
    assert not list((tmp_path / "bucket").iterdir())


def test_whoever_writes_lets_old_ones_go(tmp_path: Path, url: str) -> None:
    """Also those of servers that are no more."""
    write(tmp_path / "gone", SegmentStore(url))
    config = SegmentConfig(min_free_bytes=0, retention_seconds={RecordClass.TEXT: 1.0})
    (tmp_path / "log").mkdir()
    log = SegmentLog(tmp_path / "log", config, SegmentStore(url))
    log.start()
    until(lambda: all(name.startswith("counts-") for name in names(SegmentStore(url))))
    log.stop()
    assert len(names(SegmentStore(url))) == 2


def test_damage_keeps_nothing_else(tmp_path: Path, url: str) -> None:
    """Neither a segment, nor what is said of it: old text goes nevertheless."""
    store, bucket = SegmentStore(url), tmp_path / "bucket"
    for number in range(4):
        write(tmp_path / f"data-{number}", store, number)
    cut, unnamed, unheld, _whole = sorted(bucket.glob("text-*.zst"))
    cut.write_bytes(cut.read_bytes()[:-9])
    unnamed.with_name(unnamed.name + ".json").write_text("{")
    unheld.unlink()
    later = datetime.now(UTC) + timedelta(days=31)
    assert expire_in_store(SegmentStore(url), later, {RecordClass.TEXT: 30 * DAY}) == 4
    assert not list(bucket.glob("text-*"))
    assert len(list(bucket.glob("counts-*.zst"))) == 5


def test_text_that_nothing_speaks_of_goes(tmp_path: Path, url: str) -> None:
    """As a removal leaves it that was cut short."""
    bucket = tmp_path / "bucket"
    write(tmp_path / "data", SegmentStore(url))
    [entry] = bucket.glob("text-*.json")
    entry.unlink()
    store, now = SegmentStore(url), datetime.now(UTC)
    assert expire_in_store(store, now + timedelta(days=29), {RecordClass.TEXT: 30 * DAY}) == 0
    assert expire_in_store(store, now + timedelta(days=31), {RecordClass.TEXT: 30 * DAY}) == 1
    assert not list(bucket.glob("text-*"))


def test_a_damaged_segment_holds_no_other_up(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(2):
        write(tmp_path / f"data-{number}", SegmentStore(url), number)
    first = min((tmp_path / "bucket").glob("*.zst"))
    first.write_bytes(b"no zstd at all")
    assert main(["collect", url, str(tmp_path / "here")]) == 2
    assert f"damaged: {first.name}" in capsys.readouterr().err
    assert len(segments_of(tmp_path / "here")) == 3


def test_a_segment_that_is_gone_holds_no_other_up(tmp_path: Path, url: str) -> None:
    write(tmp_path / "data", None)
    gone = segments_of(tmp_path / "data" / "log")[0]
    gone.unlink()
    store = SegmentStore(url)
    write(tmp_path / "data", store, number=2)
    assert len(names(store)) == 3
    assert gone.name not in names(store)


def test_one_that_is_not_taken_holds_no_other_up(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipper, "RETRY_SECONDS", 0.02)
    write(tmp_path / "data", None)
    first = next(read_manifest(tmp_path / "data" / "log"))
    store = SegmentStore(url)
    (tmp_path / "bucket" / first.name).mkdir()
    log = SegmentLog(tmp_path / "data" / "log", CONFIG, store)
    log.start()
    until(lambda: len(names(store)) == 1)
    log.stop()
    assert log.stats.num_unshipped == 1


def test_few_segments_are_opened(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """None to ship; to expire those that are old by their names, and in time the others, once."""
    monkeypatch.setattr(store_module, "MAX_OPENINGS", 10)
    store = SegmentStore(url)
    now = datetime.now(UTC)
    for days in (0, 31):
        for _each in range(25):
            name = f"text-{ULID.from_datetime(now - timedelta(days=days))}.jsonl.zst"
            described = SealedSegment(
                name=name, num_records=1, num_bytes=1, packed_bytes=1, crc="0", last_time=now,
                schema_version=1,
            )  # fmt: skip
            (tmp_path / "bucket" / name).write_bytes(b"")
            (tmp_path / "bucket" / (name + ".json")).write_text(described.model_dump_json())
    gets = _count_gets(store)
    log = SegmentLog(tmp_path / "log", CONFIG, store)
    log.start()
    log.append([line(1)]).result(20)
    log.stop()
    assert len(names(SegmentStore(url))) == 51
    assert gets == []
    found = []
    for _each in range(4):
        assert expire_in_store(store, now, {RecordClass.TEXT: 30 * DAY}) == 0
        found.append(len(gets))
    assert found == [35, 45, 50, 50]


def _count_gets(store: SegmentStore, seconds: float = 0.0) -> list[str]:
    """The objects that are read from now on, each so slowly."""
    library, gets = store._obstore, []

    def get(place: Any, path: str) -> Any:
        gets.append(path)
        time.sleep(seconds)
        return library.get(place, path)

    store._obstore = SimpleNamespace(**{**vars(library), "get": get})
    return gets


def test_the_manifest_is_not_read_for_nothing(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings: list[Path] = []

    def reading(folder: Path) -> Iterator[SealedSegment]:
        readings.append(folder)
        return read_manifest(folder)

    monkeypatch.setattr(shipper, "read_manifest", reading)
    monkeypatch.setattr(shipper, "RETRY_SECONDS", 0.01)
    store = SegmentStore(url)
    write(tmp_path / "data", store)
    readings.clear()
    log = SegmentLog(tmp_path / "data" / "log", CONFIG, store)
    log.start()
    until(lambda: len(readings) > 0)
    readings.clear()
    time.sleep(0.5)
    assert not readings
    log.stop()


def test_stopping_does_not_wait_for_expiry(tmp_path: Path, url: str) -> None:
    for number in range(20):
        write(tmp_path / "data", SegmentStore(url), number)
    store = SegmentStore(url)
    gets = _count_gets(store, seconds=0.3)
    config = SegmentConfig(min_free_bytes=0, retention_seconds={RecordClass.COUNTS: 1e9})
    log = SegmentLog(tmp_path / "log", config, store)
    log.start()
    until(lambda: len(gets) > 0)
    began = time.monotonic()
    log.stop()
    assert time.monotonic() - began < 2
    assert len(gets) < 5


def test_counts_are_not_stored_beside_their_text(tmp_path: Path, url: str) -> None:
    """What lets go of the text there will make them."""
    write(tmp_path / "data", SegmentStore(url))
    config = SegmentConfig(
        min_free_bytes=0,
        retention_seconds={RecordClass.TEXT: 1.0},
        store_retention_seconds={},
    )
    store = SegmentStore(url)
    log = SegmentLog(tmp_path / "data" / "log", config, store)
    log.start()
    until(lambda: log.stats.num_expired == 1)
    log.stop()
    assert sorted(name.partition("-")[0] for name in names(store)) == ["counts", "text"]
    assert not segments_of(tmp_path / "data" / "log", RecordClass.TEXT)


@pytest.mark.parametrize("url", ["nowhere://x", "s3:", ""])
def test_a_place_that_is_none(url: str) -> None:
    with pytest.raises(LogUnusable, match="object store"):
        SegmentStore(url)
