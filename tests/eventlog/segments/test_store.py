"""Sealed segments in an object store: there soon, whole, and gone when their time is over."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

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
)
from eventlog.segments.store import expire_in_store
from tests.eventlog.logs import outcome, prediction

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


@pytest.mark.parametrize("url", ["nowhere://x", "s3:", ""])
def test_a_place_that_is_none(url: str) -> None:
    with pytest.raises(LogUnusable, match="object store"):
        SegmentStore(url)
