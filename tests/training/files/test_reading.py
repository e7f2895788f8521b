import io
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import zstandard

from training.errors import RunError
from training.files import RawRow, RowReader, resolve_inputs
from training.files.lines import BLOCK_BYTES, MAX_LINE_BYTES


def read(*names: str | Path) -> list[RawRow]:
    with resolve_inputs([str(name) for name in names]) as files:
        return list(RowReader(files))


def data(rows: Sequence[RawRow]) -> list[bytes]:
    return [row.data for row in rows]


def test_lines_are_numbered_over_all_files(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"1\n2")
    (tmp_path / "b.x.jsonl").write_bytes(b"3\r\n\n4\n")
    rows = read(tmp_path / "a.jsonl", tmp_path / "b.x.jsonl")
    assert data(rows) == [b"1", b"2", b"3", b"", b"4"]
    assert [row.row for row in rows] == [0, 1, 2, 3, 4]
    assert [row.label for row in rows] == ["a-0", "a-1", "b-0", "b-1", "b-2"]


@pytest.mark.parametrize("content", [b"", b"\n", b"x\n", b"x", b"\n\nx"])
def test_only_the_last_line_may_lack_its_end(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    assert data(read(tmp_path / "a.jsonl")) == content.splitlines()


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.zst"])
def test_lines_longer_than_a_block_are_whole(ending: str, tmp_path: Path) -> None:
    lines = [b"a" * (BLOCK_BYTES * 3 + 7), b"", b"b" * BLOCK_BYTES, b"c" * (BLOCK_BYTES - 1)]
    content = b"\n".join(lines) + b"\n"
    path = tmp_path / f"long{ending}"
    path.write_bytes(zstandard.compress(content) if ending.endswith("zst") else content)
    assert data(read(path)) == lines


def test_a_line_beyond_the_limit_is_a_row_with_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl.zst"
    content = b"first\n" + b"x" * (MAX_LINE_BYTES + 1) + b"\nlast\n"
    path.write_bytes(zstandard.compress(content))
    first, huge, last = read(path)
    assert (first.data, huge.data, last.data) == (b"first", b"", b"last")
    assert huge.problem == f"the line is longer than {MAX_LINE_BYTES} bytes"
    assert first.problem is None and last.problem is None


def test_compressed_frames_follow_each_other(tmp_path: Path) -> None:
    path = tmp_path / "two.jsonl.zst"
    path.write_bytes(zstandard.compress(b"1\n2") + zstandard.compress(b"2\n3\n"))
    assert data(read(path)) == [b"1", b"22", b"3"]


@pytest.mark.parametrize(
    ("cut", "message"), [(lambda packed: packed[:-3], "cut off"), (lambda _: b"no zstd", "damaged")]
)
def test_a_damaged_file_is_no_short_file(cut: object, message: str, tmp_path: Path) -> None:
    assert callable(cut)
    path = tmp_path / "cut.jsonl.zst"
    path.write_bytes(cut(zstandard.compress(b"1\n2\n" * 10)))
    with pytest.raises(RunError, match=message):
        read(path)


def test_standard_input_can_be_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"1\n2\n")))
    with resolve_inputs(["-"]) as files:
        reader = RowReader(files)
        assert data(list(reader)) == data(list(reader)) == [b"1", b"2"]
        assert next(iter(reader)).label == "stdin-0"
        kept = files[0].path
    assert not kept.exists()


def test_standard_input_may_be_compressed(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO(zstandard.compress(b"1\n2\n"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(packed))
    assert data(read("-")) == [b"1", b"2"]


def test_standard_input_may_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(RunError, match="closed"):
        read("-")


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.zst"])
def test_a_byte_order_mark_is_no_part_of_a_line(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"marked{ending}"
    content = b"\xef\xbb\xbf1\n\xef\xbb\xbf2\n"
    path.write_bytes(zstandard.compress(content) if ending.endswith("zst") else content)
    assert data(read(path)) == [b"1", b"\xef\xbb\xbf2"]


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "\udcff.md").touch()
    with pytest.raises(RunError, match="not UTF-8"):
        read(tmp_path)


def test_a_folder_is_its_markdown_files_by_name(tmp_path: Path) -> None:
    for name in ("b.md", "a.md", "note.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / "folder.md").mkdir()
    rows = read(tmp_path)
    assert [(row.label, row.data, row.is_markdown) for row in rows] == [
        ("a", b"a.md", True),
        ("b", b"b.md", True),
    ]


def test_inputs_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "table.csv").touch()
    (tmp_path / "empty").mkdir()
    for name, message in {
        "missing.jsonl": "there is no",
        "table.csv": "no known kind",
        "empty": "without .md files",
    }.items():
        with pytest.raises(RunError, match=message):
            read(tmp_path / name)


def test_how_far_the_reader_is(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"1\n" * 10)
    with resolve_inputs([str(tmp_path / "a.jsonl")]) as files:
        reader = RowReader(files)
        assert reader.fraction() == 0.0
        assert len(list(reader)) == 10
        assert reader.fraction() == 1.0
    assert RowReader([]).fraction() is None
