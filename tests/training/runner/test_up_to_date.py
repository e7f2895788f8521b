"""What has been done is not done again; what may have changed is."""

import os
from pathlib import Path

import pytest

from tests.training.runner.small_stages import ASK, COPY, MARK, NAMES, SmallConfig, write_rows
from training.runner import RunOptions, RunReport, run_stage
from training.stage import MapStage, StageConfig

CONFIG = SmallConfig()


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "rows.jsonl", ["row-0", "refuse-1", "row-2"])


def run(rows: Path, out: Path, config: SmallConfig = CONFIG, **options: bool) -> RunReport:
    return run_stage(MARK, config, [str(rows)], out, RunOptions(**options))


def test_a_repeated_run_has_nothing_to_do(rows: Path, tmp_path: Path) -> None:
    first = run(rows, tmp_path / "out.jsonl")
    again = run(rows, tmp_path / "out.jsonl")
    assert not first.was_up_to_date and again.was_up_to_date
    assert again.counts == first.counts
    assert again.exit_code == first.exit_code == 1


def test_other_parameters_are_another_run(rows: Path, tmp_path: Path) -> None:
    run(rows, tmp_path / "out.jsonl")
    other = run(rows, tmp_path / "out.jsonl", SmallConfig(suffix="?"))
    assert not other.was_up_to_date


def test_what_changes_no_answer_is_the_same_run(rows: Path, tmp_path: Path) -> None:
    run(rows, tmp_path / "out.jsonl")
    assert run(rows, tmp_path / "out.jsonl", SmallConfig(seconds=0.5)).was_up_to_date


def test_another_input_is_another_run(rows: Path, tmp_path: Path) -> None:
    run(rows, tmp_path / "out.jsonl")
    write_rows(rows, ["row-1"])
    assert run(rows, tmp_path / "out.jsonl").counts.num_in == 1


def test_a_touched_input_is_the_same(rows: Path, tmp_path: Path) -> None:
    run(rows, tmp_path / "out.jsonl")
    os.utime(rows)
    assert run(rows, tmp_path / "out.jsonl").was_up_to_date


def test_an_output_that_was_changed_is_made_again(rows: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    run(rows, out)
    written = out.read_bytes()
    out.write_bytes(b"")
    assert not run(rows, out).was_up_to_date
    assert out.read_bytes() == written
    out.unlink()
    assert not run(rows, out).was_up_to_date


def test_force_runs_again(rows: Path, tmp_path: Path) -> None:
    run(rows, tmp_path / "out.jsonl")
    assert not run(rows, tmp_path / "out.jsonl", force=True).was_up_to_date


def test_a_client_is_asked_again_about_what_failed(rows: Path, tmp_path: Path) -> None:
    def ask(given: Path) -> RunReport:
        return run_stage(ASK, CONFIG, [str(given)], tmp_path / "out.jsonl")

    assert ask(rows).counts.num_failed == 1
    assert not ask(rows).was_up_to_date
    write_rows(rows, ["row-0", "row-2"])
    assert ask(rows).counts.num_failed == 0
    assert ask(rows).was_up_to_date
    assert not (tmp_path / "out.jsonl.failed.jsonl").exists()


def test_a_folder_is_not_made_again(rows: Path, tmp_path: Path) -> None:
    def run_names() -> RunReport:
        return run_stage(NAMES, CONFIG, [str(rows)], tmp_path / "out")

    first, again = run_names(), run_names()
    assert again.was_up_to_date and again.remarks == first.remarks == ("3 names",)
    write_rows(rows, ["row-1"])
    assert run_names().remarks == ("1 names",)
    assert os.listdir(tmp_path / "out") == ["names.txt"]


def test_a_folder_of_a_folder(tmp_path: Path) -> None:
    def run_copy() -> RunReport:
        return run_stage(COPY, CONFIG, [str(tmp_path / "in")], tmp_path / "out")

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_text("a")
    assert run_copy().remarks == ("files: 1",)
    assert run_copy().was_up_to_date
    (tmp_path / "in" / "b").write_text("b")
    assert run_copy().remarks == ("files: 2",)


class FileConfig(StageConfig):
    """A parameter that names a file."""

    table: Path


def test_the_files_that_parameters_name_are_part_of_the_run(rows: Path, tmp_path: Path) -> None:
    from tests.training.runner.small_stages import unmarked

    stage = MapStage("look", "reads a table", 1, FileConfig, unmarked)
    table = tmp_path / "table.txt"
    out = tmp_path / "out.jsonl"
    for text, is_same in (("one", False), ("one", True), ("two", False)):
        table.write_text(text)
        report = run_stage(stage, FileConfig(table=table), [str(rows)], out)
        assert report.was_up_to_date == is_same
