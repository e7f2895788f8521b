"""Lines come back as they were handed over, in order, and sealed when the log stops."""

import json
import threading
from pathlib import Path

import pytest

from eventlog.checking import check
from eventlog.opening import segments_of
from eventlog.reading import ReadCounts, read_located
from eventlog.segments import LogInUse, LogUnavailable, LogUnusable, RecordClass, SegmentLog
from eventlog.segments.manifest import read_manifest
from tests.eventlog.segments.conftest import OpenLog, line


def numbers(folder: Path, record_class: RecordClass | None = None) -> list[int]:
    paths = segments_of(folder, record_class)
    return [fields["number"] for path in paths for _at, fields in read_located(path, ReadCounts())]


def test_appended_lines_are_durable_before_it_says_so(open_log: OpenLog, tmp_path: Path) -> None:
    log = open_log()
    log.append([line(1), line(2)]).result(timeout=10)
    assert numbers(tmp_path / "log") == [1, 2]


def test_offered_lines_come_soon(open_log: OpenLog, tmp_path: Path) -> None:
    log = open_log()
    assert log.offer(line(1))
    log.append([line(2)]).result(timeout=10)
    assert numbers(tmp_path / "log") == [1, 2]
    assert log.lag_seconds == 0.0
    assert log.num_waiting_bytes == 0


def test_stopping_writes_and_seals_all(open_log: OpenLog, tmp_path: Path) -> None:
    log = open_log()
    for number in range(100):
        assert log.offer(line(number))
    log.stop()
    folder = tmp_path / "log"
    [sealed] = read_manifest(folder)
    assert numbers(folder) == list(range(100))
    assert [path.name for path in segments_of(folder)] == [sealed.name]
    assert sealed.num_records == 100
    assert sealed.first_time is not None
    assert [report.problem for report in check(folder)] == [None]


def test_many_threads(open_log: OpenLog, tmp_path: Path) -> None:
    log = open_log(max_segment_bytes=2000)

    def append(start: int) -> None:
        for number in range(start, start + 50):
            log.append([line(number)]).result(timeout=30)

    threads = [threading.Thread(target=append, args=(start,)) for start in range(0, 400, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.stop()
    assert sorted(numbers(tmp_path / "log")) == list(range(400))
    assert len(list(read_manifest(tmp_path / "log"))) > 3
    assert {report.problem for report in check(tmp_path / "log")} == {None}


def test_classes_lie_apart(open_log: OpenLog, tmp_path: Path) -> None:
    log = open_log()
    log.append([line(number, each) for number, each in enumerate(RecordClass)]).result(timeout=10)
    log.stop()
    for number, record_class in enumerate(RecordClass):
        assert numbers(tmp_path / "log", record_class) == [number]


def test_an_old_segment_is_sealed(open_log: OpenLog, tmp_path: Path) -> None:
    log = open_log(max_segment_seconds=0.0)
    log.append([line(1)]).result(timeout=10)
    log.append([line(2)]).result(timeout=10)
    log.stop()
    assert len(list(read_manifest(tmp_path / "log"))) == 2


def test_what_does_not_fit_the_queue_is_refused(open_log: OpenLog) -> None:
    log = open_log(max_queue_bytes=1000)
    assert not log.offer(line(1, RecordClass.TEXT, pad=600))
    assert not log.offer(line(1, RecordClass.COUNTS, pad=900))
    with pytest.raises(LogUnavailable):
        log.append([line(1, RecordClass.COUNTS, pad=1100)])
    log.append([line(2, pad=700)]).result(timeout=10)
    assert dict(log.stats.num_dropped) == {("text", "queue_full"): 1, ("counts", "queue_full"): 1}


def test_a_disk_with_little_room_takes_no_text(open_log: OpenLog) -> None:
    log = open_log(min_free_bytes=1 << 60)
    log.append([line(1)]).result(timeout=10)
    while log.has_room_for_text:
        log.append([line(1)]).result(timeout=10)
    assert not log.offer(line(2, RecordClass.TEXT))
    assert log.offer(line(3))
    assert log.stats.num_dropped["text", "disk_low"] == 1


def test_one_process_at_a_time(open_log: OpenLog, tmp_path: Path) -> None:
    open_log()
    with pytest.raises(LogInUse, match="another process"):
        SegmentLog(tmp_path / "log").start()


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LogUnusable, match="file"):
        SegmentLog(tmp_path / "file").start()


def test_lines_are_json_for_others(open_log: OpenLog, tmp_path: Path) -> None:
    open_log().append([line(1)]).result(timeout=10)
    [path] = segments_of(tmp_path / "log")
    [text] = path.read_text().splitlines()
    assert json.loads(text)["number"] == 1
