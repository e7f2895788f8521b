import os
from pathlib import Path

from training.files.compressing import compress
from training.files.fingerprints import fingerprint, folder_sha256
from training.files.replacing import replace_folder, write_whole


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_whole(path, "old")
    write_whole(path, "new\n")
    assert path.read_text() == "new\n"
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_folder_takes_the_place_of_another(tmp_path: Path) -> None:
    for name in ("made", "out"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    replace_folder(tmp_path / "made", tmp_path / "out")
    assert os.listdir(tmp_path) == ["out"]
    assert os.listdir(tmp_path / "out") == ["made"]


def test_a_folder_is_replaced_after_a_kill_in_between(tmp_path: Path) -> None:
    for name in ("made", "out"):
        (tmp_path / name).mkdir()
    (tmp_path / "out").rename(tmp_path / ".out.old")
    replace_folder(tmp_path / "made", tmp_path / "out")
    assert os.listdir(tmp_path) == ["out"]


def test_a_known_file_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    first = fingerprint(path, "a", {})
    forged = first.model_copy(update={"sha256": "from the table"})
    assert fingerprint(path, "a", {"a": forged}) == forged
    path.write_bytes(b"three")
    assert fingerprint(path, "a", {"a": forged}).sha256 != first.sha256
    path.unlink()
    assert not first.is_current(path)


def test_a_folder_is_known_by_names_and_content(tmp_path: Path) -> None:
    for folder, name, text in (("a", "x", "1"), ("b", "x", "1"), ("c", "y", "1"), ("d", "x", "2")):
        (tmp_path / folder / "sub").mkdir(parents=True)
        (tmp_path / folder / "sub" / name).write_text(text)
    digests = [folder_sha256(tmp_path / folder) for folder in "abcd"]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_compression_gives_the_same_bytes_every_time(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"line\n" * 100_000)
    compress(tmp_path / "a", tmp_path / "b")
    compress(tmp_path / "a", tmp_path / "c")
    assert (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()
    assert (tmp_path / "b").stat().st_size < 1000
