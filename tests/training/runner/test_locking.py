"""Two runs into one output: one does it, the other says so and touches nothing."""

from pathlib import Path

import pytest

from tests.training.runner.small_stages import COPY, MARK, NAMES, SmallConfig, write_rows
from training.errors import RunError
from training.runner import RunReport, run_stage
from training.runner.locking import locked
from training.stage import Stage

KINDS = [(MARK, "out.jsonl"), (NAMES, "out"), (COPY, "out")]


def run(stage: Stage, out: Path) -> RunReport:
    """On one row, or on a folder with one file."""
    folder = out.parent / "folder"
    folder.mkdir(exist_ok=True)
    rows = write_rows(folder / "rows.jsonl", ["row-0"])
    return run_stage(stage, SmallConfig(), [str(folder if stage is COPY else rows)], out)


@pytest.mark.parametrize(("stage", "name"), KINDS)
def test_two_runs_do_not_write_one_output(stage: Stage, name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    with locked(out):
        before = sorted(tmp_path.iterdir())
        with pytest.raises(RunError, match=f"another run is writing {out}$"):
            run(stage, out)
        assert sorted(tmp_path.iterdir()) == sorted([*before, tmp_path / "folder"])
    assert run(stage, out).exit_code == 0


@pytest.mark.parametrize(("stage", "name"), KINDS)
def test_what_a_killed_run_held_is_free(stage: Stage, name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    lock = tmp_path / f"{name}.lock"
    lock.touch()
    assert run(stage, out).exit_code == 0
    assert out.exists() and not lock.exists()


def test_what_is_up_to_date_can_be_asked_for_meanwhile(tmp_path: Path) -> None:
    rows, out = write_rows(tmp_path / "rows.jsonl", ["row-0"]), tmp_path / "out.jsonl"
    run_stage(MARK, SmallConfig(), [str(rows)], out)
    with locked(out):
        assert run_stage(MARK, SmallConfig(), [str(rows)], out).was_up_to_date
