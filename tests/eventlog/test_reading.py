"""Segments are read to their last whole line, whatever a crash left behind it."""

import json
from pathlib import Path

import pytest
import zstandard

from eventlog import ReadCounts, Record, read_at, read_located, read_records
from tests.eventlog.logs import consent, outcome, prediction, settled, write_segment

RECORDS: list[Record] = [
    consent("grant"),
    prediction("p1"),
    outcome("p1", "shown"),
    settled("p1", "    return 'ö'"),
]
NAMES = ["log.jsonl", "log.jsonl.zst"]


@pytest.mark.parametrize("name", NAMES)
def test_all_records_in_order(name: str, tmp_path: Path) -> None:
    first = write_segment(tmp_path / f"1-{name}", RECORDS[:2])
    second = write_segment(tmp_path / f"2-{name}", RECORDS[2:])
    counts = ReadCounts()
    assert list(read_records([first, second], counts)) == RECORDS
    assert counts == ReadCounts(num_records=4)


def test_a_torn_line(tmp_path: Path) -> None:
    path = write_segment(tmp_path / "log.jsonl", RECORDS)
    path.write_bytes(path.read_bytes()[:-20])
    counts = ReadCounts()
    assert list(read_records([path], counts)) == RECORDS[:-1]
    assert counts == ReadCounts(num_records=3, num_torn=1)


def test_a_line_torn_within_a_character(tmp_path: Path) -> None:
    line = json.dumps(RECORDS[3].model_dump(mode="json"), ensure_ascii=False).encode()
    path = tmp_path / "log.jsonl"
    path.write_bytes(line + b"\n" + line[: line.index("ö".encode()) + 1])
    counts = ReadCounts()
    assert list(read_records([path], counts)) == [RECORDS[3]]
    assert counts.num_torn == 1


def test_a_torn_frame(tmp_path: Path) -> None:
    """What was flushed before the tear is read."""
    path = tmp_path / "log.jsonl.zst"
    lines = [json.dumps(record.model_dump(mode="json")).encode() + b"\n" for record in RECORDS]
    packer = zstandard.ZstdCompressor().compressobj()
    flushed = packer.compress(b"".join(lines[:2])) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    rest = packer.compress(b"".join(lines[2:])) + packer.flush()
    path.write_bytes(flushed + rest[: len(rest) // 2])
    counts = ReadCounts()
    assert list(read_records([path], counts)) == RECORDS[:2]
    assert counts == ReadCounts(num_records=2, num_torn=1)


def test_several_frames(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl.zst"
    parts = [write_segment(tmp_path / "part.zst", [record]).read_bytes() for record in RECORDS]
    path.write_bytes(b"".join(parts))
    assert list(read_records([path])) == RECORDS


def test_lines_that_are_no_records(tmp_path: Path) -> None:
    path = write_segment(tmp_path / "log.jsonl", RECORDS)
    with path.open("ab") as file:
        file.write(b'nonsense\n[1]\n{"kind": "weather"}\n{"kind": "outcome"}\n{}\n\xff\n')
        file.write(b'{"kind": ["outcome"]}\n' + b"[" * 100_000 + b"\n")
    counts = ReadCounts()
    assert list(read_records([path], counts)) == RECORDS
    assert counts == ReadCounts(num_records=4, num_invalid=7, num_unknown=1)


@pytest.mark.parametrize("name", NAMES)
def test_lines_are_found_again(name: str, tmp_path: Path) -> None:
    path = write_segment(tmp_path / name, RECORDS)
    located = list(read_located(path, ReadCounts()))
    wanted = [located[3], located[1]]
    assert sorted(read_at(path, [offset for offset, _fields in wanted])) == sorted(wanted)
    assert list(read_at(path, [])) == []


def test_nothing(tmp_path: Path) -> None:
    for name in NAMES:
        path = tmp_path / name
        path.write_bytes(b"")
        assert list(read_records([path])) == []
