"""What a crash leaves behind is repaired at the next start, whatever the moment of the crash."""

from pathlib import Path

import pytest

from eventlog.checking import check
from eventlog.segments import RecordClass
from eventlog.segments.manifest import read_manifest
from eventlog.segments.names import MANIFEST, SegmentName
from eventlog.segments.sealing import seal
from tests.eventlog.segments.conftest import OpenLog, line
from tests.eventlog.segments.test_log import numbers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A log whose process has vanished with one open segment of ten lines."""
    folder = tmp_path / "log"
    folder.mkdir()
    name = SegmentName.new(RecordClass.COUNTS)
    name.open_in(folder).write_bytes(b"".join(line(number).data for number in range(10)))
    return folder


def name_in(folder: Path) -> SegmentName:
    [path] = folder.glob("counts-*")
    name = SegmentName.of(path)
    assert name is not None
    return name


def assert_recovers(open_log: OpenLog, folder: Path, expected: list[int]) -> None:
    log = open_log(folder)
    log.append([line(99)]).result(timeout=10)
    log.stop()
    assert numbers(folder) == [*expected, 99]
    assert {report.problem for report in check(folder)} == {None}
    assert not list(folder.glob("*.open")) + list(folder.glob("*.partial"))


@pytest.mark.parametrize("num_bytes", [1, 30, 60])
def test_a_torn_tail(open_log: OpenLog, folder: Path, num_bytes: int) -> None:
    path = name_in(folder).open_in(folder)
    path.write_bytes(path.read_bytes()[:-num_bytes])
    assert_recovers(open_log, folder, list(range(9)))


def test_blocks_that_never_reached_the_disk(open_log: OpenLog, folder: Path) -> None:
    with name_in(folder).open_in(folder).open("ab") as file:
        file.write(b"\0" * 5000 + b"\n" + b"\0" * 300)
    log = open_log(folder)
    assert log.stats.num_cut_bytes == 5301
    log.stop()
    assert_recovers(open_log, folder, list(range(10)))


def test_a_damaged_line_in_the_middle_takes_nothing_with_it(
    open_log: OpenLog, folder: Path
) -> None:
    path = name_in(folder).open_in(folder)
    path.write_bytes(path.read_bytes().replace(b'"number":5', b'"number":6'))
    open_log(folder).stop()
    assert numbers(folder) == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    assert [report.problem for report in check(folder)] == ["1 damaged lines"]


def test_a_crash_while_it_is_sealed(open_log: OpenLog, folder: Path) -> None:
    target = name_in(folder).sealed_in(folder)
    target.with_name(f"{target.name}.partial").write_bytes(b"half")
    assert_recovers(open_log, folder, list(range(10)))


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_crash_after_it_was_sealed(open_log: OpenLog, folder: Path, is_listed: bool) -> None:
    name = name_in(folder)
    text = name.open_in(folder).read_bytes()
    seal(folder, name)
    if not is_listed:
        (folder / MANIFEST).write_text('{"name":"torn')
    name.open_in(folder).write_bytes(text)
    assert_recovers(open_log, folder, list(range(10)))
    assert len(list(read_manifest(folder))) == 2


def test_an_empty_segment_leaves_nothing(open_log: OpenLog, folder: Path) -> None:
    name_in(folder).open_in(folder).write_bytes(b"")
    assert_recovers(open_log, folder, [])
