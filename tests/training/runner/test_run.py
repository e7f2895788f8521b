"""Each kind of stage through the runner, in processes, with everything that rows can do."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.training.runner.small_stages import (
    ASK,
    COPY,
    COUNT,
    MARK,
    MEASURE,
    NAMES,
    SmallConfig,
    write_rows,
)
from training.errors import RunError
from training.runner import RunOptions, RunReport, run_stage
from training.runner.options import RowSelection
from training.runner.recorder import FirstFailure
from training.stage import Stage

NAMES_OF_ROWS = ("row-0", "drop-1", "refuse-2", "break-3", "row-4")


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def failed(out: Path) -> list[dict[str, Any]]:
    return read(out.with_name(f"{out.name}.failed.jsonl"))


def names(out: Path) -> list[str]:
    return [row["spec"]["name"] for row in read(out)]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "rows.jsonl", NAMES_OF_ROWS, cursor_position="hunter2")


@pytest.fixture
def many(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "many.jsonl", [f"row-{number}" for number in range(200)])


def run(stage: Stage, inputs: Path | None, out: Path, **options: Any) -> RunReport:
    given = [] if inputs is None else [str(inputs)]
    return run_stage(stage, SmallConfig(), given, out, RunOptions(**options))


def test_every_row_ends_as_output_dropped_or_failed(rows: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    report = run(MARK, rows, out)
    assert names(out) == ["row-0", "row-4"]
    assert report.counts.dropped == {"asked_to": 1}
    assert report.counts.failed == {"missing_section": 1, "internal": 1}
    assert (report.counts.num_in, report.counts.num_out, report.exit_code) == (5, 2, 1)
    assert [(row["row"], row["name"], row["code"]) for row in failed(out)] == [
        (2, "refuse-2", "missing_section"),
        (3, "break-3", "internal"),
    ]


def test_an_unforeseen_exception_is_told_by_its_type_only(rows: Path, tmp_path: Path) -> None:
    run(MARK, rows, tmp_path / "out.jsonl")
    assert failed(tmp_path / "out.jsonl")[1]["error"] == "Secret"
    assert "hunter2" not in (tmp_path / "out.jsonl.failed.jsonl").read_text()


def test_the_output_says_how_it_came_to_be(rows: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    run_stage(MARK, SmallConfig(suffix="?"), [str(rows)], out)
    (stamp,) = read(out)[0]["provenance"]
    assert (stamp["stage"], stamp["version"], stamp["parameters"]) == ("mark", 1, {"suffix": "?"})
    assert len(stamp["input_sha256"]) == 64
    manifest = json.loads((tmp_path / "out.jsonl.manifest.json").read_text())
    assert manifest["parameters"] == {"suffix": "?", "words": []}
    assert manifest["counts"]["num_in"] == 5
    assert manifest["inputs"][0]["path"] == str(rows)


@pytest.mark.parametrize("stage", [MARK, ASK, MEASURE])
def test_rows_stay_in_order(stage: Stage, many: Path, tmp_path: Path) -> None:
    report = run_stage(stage, SmallConfig(seconds=0.001), [str(many)], tmp_path / "out.jsonl")
    assert names(tmp_path / "out.jsonl") == [f"row-{number}" for number in range(200)]
    assert report.exit_code == 0
    assert not (tmp_path / "out.jsonl.failed.jsonl").exists()


@pytest.mark.parametrize("stage", [MARK, MEASURE, COUNT])
def test_the_number_of_processes_changes_nothing(stage: Stage, many: Path, tmp_path: Path) -> None:
    inputs = None if stage is COUNT else many
    run(stage, inputs, tmp_path / "one.jsonl", jobs=1)
    run(stage, inputs, tmp_path / "three.jsonl", jobs=3)
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "three.jsonl").read_bytes()


def test_a_client_serves_as_many_rows_as_asked_for(many: Path, tmp_path: Path) -> None:
    config = SmallConfig(seconds=0.001)
    run_stage(ASK, config, [str(many)], tmp_path / "out.jsonl", RunOptions(jobs=7))
    manifest = json.loads((tmp_path / "out.jsonl.manifest.json").read_text())
    assert manifest["stats"] == {"num_cache_hits": 2, "most_waiting": 7}


def test_a_survey_counts_the_rows_that_it_could_read(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl", ["a", "odd", "bbb"])
    with rows.open("a") as file:
        file.write("{broken\n" + '{"name": "cc"}\n')
    report = run(MEASURE, rows, tmp_path / "out.jsonl")
    assert [row["spec"]["reasoning"] for row in read(tmp_path / "out.jsonl")] == [
        "a 0 of 3",
        "bbb 1 of 3",
        "cc 2 of 3",
    ]
    assert report.counts.failed == {"invalid_row": 2}
    assert [row["row"] for row in failed(tmp_path / "out.jsonl")] == [1, 3]


def test_a_row_that_ends_its_process_fails_alone(tmp_path: Path) -> None:
    names_of_rows = [f"{'crash' if number == 37 else 'row'}-{number}" for number in range(260)]
    rows = write_rows(tmp_path / "rows.jsonl", names_of_rows)
    report = run(MARK, rows, tmp_path / "out.jsonl", jobs=2)
    assert report.counts.failed == {"worker_died": 1}
    assert failed(tmp_path / "out.jsonl")[0]["row"] == 37
    assert names(tmp_path / "out.jsonl") == [name for name in names_of_rows if "row" in name]


def test_a_unit_that_fails_leaves_no_rows(tmp_path: Path) -> None:
    report = run(COUNT, None, tmp_path / "out.jsonl")
    assert report.counts.failed == {"invalid_row": 1}
    assert report.counts.dropped == {"fifth": 8}
    assert failed(tmp_path / "out.jsonl")[0]["row"] == 13
    units = [name.split("-")[1] for name in names(tmp_path / "out.jsonl")]
    assert units == [str(unit) for unit in range(40) if unit != 13 for _row in range(unit % 4)]


def test_a_folder_has_its_name_when_it_is_whole(rows: Path, tmp_path: Path) -> None:
    with rows.open("a") as file:
        file.write("{broken\n")
    report = run(NAMES, rows, tmp_path / "out")
    assert (tmp_path / "out" / "names.txt").read_text().split() == list(NAMES_OF_ROWS)
    assert report.remarks == ("5 names",)
    assert report.counts.failed == {"invalid_row": 1}
    assert failed(tmp_path / "out")[0]["row"] == 5


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"limit": 2}, [0, 1]),
        ({"offset": 3}, [3, 4]),
        ({"offset": 1, "limit": 2}, [1, 2]),
        ({"rows": (4, 0)}, [0, 4]),
        ({"rows": (9,)}, []),
        ({"name": "row"}, [0, 4]),
        ({"name": "row", "offset": 1}, [4]),
    ],
)
def test_rows_are_selected(
    selection: dict[str, Any], expected: list[int], rows: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    report = run(MARK, rows, out, selection=RowSelection(**selection), failed="keep")
    assert report.counts.num_in == len(expected)
    kept = [NAMES_OF_ROWS[number] for number in expected if number != 1]
    assert names(out) == kept


def test_the_command_in_failed_runs_that_row_alone(rows: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    run_stage(MARK, SmallConfig(suffix="a b", words=("x", "--y")), [str(rows)], out)
    assert shlex.split(failed(out)[0]["rerun"]) == [
        *("python", "-m", "training", "mark", str(rows), "-o", str(tmp_path / "out-row-2.jsonl")),
        *("--rows", "2", "--suffix=a b", "--words=x", "--words=--y"),
    ]


def test_failfast_stops_at_the_first_failure_and_keeps_the_rest(many: Path, tmp_path: Path) -> None:
    with many.open("a") as file:
        file.write("{broken\n")
    with pytest.raises(FirstFailure, match=r"row 200 \(many-200\): invalid_row"):
        run(MARK, many, tmp_path / "out.jsonl", failfast=True, jobs=1)
    assert not (tmp_path / "out.jsonl").exists()
    assert (tmp_path / "out.jsonl.partial").stat().st_size > 0
    assert run(MARK, many, tmp_path / "out.jsonl").counts.num_out == 200


def test_a_run_that_cannot_start_says_why(rows: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for stage, inputs, out, message in (
        (MARK, [str(rows)], tmp_path / "out.txt", "ends in .jsonl"),
        (MARK, [str(rows)], rows, "is an input as well"),
        (MARK, [], tmp_path / "out.jsonl", "nothing to read"),
        (COUNT, [str(rows)], tmp_path / "out.jsonl", "takes no inputs"),
        (NAMES, [str(rows)], other, "not of this stage"),
        (NAMES, [str(rows)], rows, "writes a folder"),
        (NAMES, [str(rows)], tmp_path.parent, "holds an input"),
        (COPY, [str(tmp_path)], tmp_path, "holds an input"),
    ):
        with pytest.raises(RunError, match=message):
            run_stage(stage, SmallConfig(), inputs, out)


def test_a_row_nested_beyond_measure_has_no_name(rows: Path, tmp_path: Path) -> None:
    with rows.open("a") as file:
        file.write("[" * 100_000 + "\n")
    out = tmp_path / "out.jsonl"
    assert run(MARK, rows, out, selection=RowSelection(name="row-4")).exit_code == 0
    assert names(out) == ["row-4"]
    assert run(MARK, rows, out).counts.failed["invalid_row"] == 1
