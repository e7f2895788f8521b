"""Text goes first, its counts stay; consent stays for ever."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eventlog import ConsentRecord, PredictionRecord, Record
from eventlog.checking import check
from eventlog.encoding import encode
from eventlog.opening import open_keys, segments_of
from eventlog.reading import ReadCounts, read_records
from eventlog.segments import DAY_SECONDS, RecordClass, SegmentLog
from eventlog.segments.manifest import read_manifest
from eventlog.segments.retention import expire
from tests.eventlog.logs import consent, outcome, prediction

RETENTION = {RecordClass.TEXT: 30 * DAY_SECONDS, RecordClass.COUNTS: 400 * DAY_SECONDS}
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A stopped log: one segment of each class, all of the same day."""
    keys = open_keys(tmp_path)
    records: list[Record] = [prediction("p1"), prediction("p2"), outcome("p1", "shown")]
    log = SegmentLog(tmp_path / "log")
    log.start()
    log.append([encode(record, keys) for record in [*records, consent("grant")]]).result(10)
    log.stop()
    return tmp_path / "log"


def test_nothing_goes_before_its_time(folder: Path) -> None:
    assert expire(folder, START + timedelta(days=29), RETENTION) == 0
    assert len(segments_of(folder)) == 3


def test_text_goes_and_its_counts_stay(folder: Path) -> None:
    assert expire(folder, START + timedelta(days=31), RETENTION) == 1
    assert segments_of(folder, RecordClass.TEXT) == []
    keys = open_keys(folder.parent)
    records = list(read_records(segments_of(folder), ReadCounts(), keys.key_named))
    predictions = [record for record in records if isinstance(record, PredictionRecord)]
    assert {each.prediction_id for each in predictions} == {"p1", "p2"}
    assert all(each.snapshot is None and not each.project for each in predictions)
    assert {each.arm for each in predictions} == {prediction("p1").arm}
    assert {report.problem for report in check(folder)} == {None}


def test_counts_go_in_their_time_and_consent_never(folder: Path) -> None:
    expire(folder, START + timedelta(days=31), RETENTION)
    assert expire(folder, START + timedelta(days=401), RETENTION) == 2
    keys = open_keys(folder.parent)
    [record] = read_records(segments_of(folder), ReadCounts(), keys.key_named)
    assert isinstance(record, ConsentRecord)
    assert len(list(read_manifest(folder))) == 1
