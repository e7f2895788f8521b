"""The whole circle with a tiny model: typed, recorded, settled, learnt from, served again."""

from pathlib import Path

import pytest

from benchmarks.loop.__main__ import main
from benchmarks.loop.typist import whole_rows
from eventlog.opening import segments_of
from tests.model.tiny import write_tiny_model
from tests.training.history.repositories import AFTER, commit, shop


def test_what_is_typed_becomes_the_next_student(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    repository = shop(tmp_path / "shop")
    commit(repository, {"cart.py": AFTER})
    model = write_tiny_model(tmp_path / "tiny")
    work = tmp_path / "work"
    arguments = ["--repository", str(repository), "--work", str(work), "--passages", "1"]
    arguments += ["--model", str(model), "--prompt-format", "completion", "--steps", "1"]
    arguments += ["--set", "start=null", "--set", "pack_length=512"]
    arguments += ["--set-server", f"FORETYPE_MODEL_PATH={model}"]
    status = main(arguments)
    said = capfd.readouterr()
    assert status == 0, said.err
    before, after = [line for line in said.out.splitlines() if "passages typed" in line]
    assert before.partition(":")[0] != after.partition(":")[0]
    assert "bytes kept" in before
    assert segments_of(work / "data" / "log")
    assert (work / "student" / "adapter_model.safetensors").exists()
    assert (work / "figures").exists()


def test_a_repository_without_a_licence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--repository", str(tmp_path / "nowhere")]) == 1
    assert "loop:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "rows", "text"),
    [
        ("a\nb\nc\n", "a\nx\nc\n", (1, 2), "x\n"),
        ("a\nb\n", "a\nb\nc\n", (2, 2), "c\n"),
        ("a\na\n", "a\n", (1, 2), ""),
        ("a\n", "a\n", (1, 1), ""),
    ],
)
def test_an_edit_of_whole_rows(old: str, new: str, rows: tuple[int, int], text: str) -> None:
    edit = whole_rows(old, new)
    assert (edit["start"]["row"], edit["end"]["row"], edit["new_text"]) == (*rows, text)
