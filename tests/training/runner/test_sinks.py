"""Folders made of all rows, killed while they get their names."""

from pathlib import Path

import pytest

from tests.training.runner.small_stages import NAMES, SmallConfig, write_rows
from training.errors import RunError
from training.runner import RunReport, run_stage
from training.runner.checkpoints import Checkpoint, OutputFiles, write_checkpoint
from training.runner.manifest import manifest_path, read_manifest
from training.stage import SinkStage


def run(rows: Path, out: Path, **config: str) -> RunReport:
    return run_stage(NAMES, SmallConfig(**config), [str(rows)], out)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = write_rows(tmp_path / "rows.jsonl", ["row-0", "row-1"])
    with path.open("a") as file:
        file.write("{broken\n")
    return path


def kill_while_named(out: Path, has_name: bool) -> None:
    """``out``, finished, as a kill would have left it just before or after it had its name."""
    files = OutputFiles(out)
    manifest = read_manifest(out)
    assert manifest is not None
    files.failed.rename(files.partial_failed)
    size = files.partial_failed.stat().st_size
    write_checkpoint(files, Checkpoint(key=manifest.key, failed_bytes=size, finished=manifest))
    manifest_path(out).unlink()
    if not has_name:
        out.rename(files.partial)


@pytest.mark.parametrize("has_name", [False, True])
def test_a_folder_gets_its_name_after_a_kill(has_name: bool, rows: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(rows, out).exit_code == 1
    calm = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    kill_while_named(out, has_name)
    assert run(rows, out).was_up_to_date
    assert (out / "names.txt").read_text() == "row-0\nrow-1"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == calm


def test_after_a_kill_other_parameters_make_it_anew(rows: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(rows, out)
    kill_while_named(out, has_name=True)
    assert not run(rows, out, suffix="?").was_up_to_date
    assert run(rows, out, suffix="?").was_up_to_date
    assert not OutputFiles(out).checkpoint.exists()


def test_an_error_of_the_stage_leaves_nothing_behind(rows: Path, tmp_path: Path) -> None:
    def refuse(rows: object, config: SmallConfig, out: Path) -> None:
        (out / "begun.txt").touch()
        raise RunError("nothing to say")

    stage = SinkStage("refuse", "refuses", 1, SmallConfig, refuse)
    with pytest.raises(RunError, match="nothing to say"):
        run_stage(stage, SmallConfig(), [str(rows)], tmp_path / "out")
    assert list(tmp_path.iterdir()) == [rows]
