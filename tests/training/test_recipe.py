"""Recipes of real stages: what runs, what is kept, and what is refused before anything runs."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.training.inputs import settled_example
from training.commands import main
from training.errors import RunError
from training.files import to_line
from training.recipe import in_order, read_recipe
from training.recipe_runs import plan_of

STEPS: list[dict[str, Any]] = [
    {
        "id": "targets",
        "stage": "settle",
        "inputs": ["${data}/settled.jsonl"],
        "parameters": {"keep": ["obvious", "middle", "noise"], "keep_samples": True},
    },
    {"id": "histogram", "stage": "zones", "inputs": ["targets"]},
    {
        "id": "rows",
        "stage": "format",
        "inputs": ["targets"],
        "parameters": {"max_output_tokens": "${tokens}"},
        "output": "training",
    },
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    samples = ["total = price * count\n", "total = 0\n"]
    row = settled_example("a\ntotal^\n", "total\n", "total = price * counts\n", samples)
    (tmp_path / "settled.jsonl").write_bytes(to_line(row) * 3)
    return tmp_path


def write(folder: Path, **changes: Any) -> Path:
    recipe = {
        "name": "small",
        "workdir": str(folder / "work"),
        "variables": {"data": str(folder), "tokens": 64},
        "steps": STEPS,
        **changes,
    }
    file = folder / "recipe.yaml"
    file.write_text(yaml.safe_dump(recipe))
    return file


def ran(capsys: pytest.CaptureFixture[str]) -> dict[str, bool]:
    """Which steps have run, by the lines printed."""
    lines = capsys.readouterr().err.splitlines()
    steps = [index for index, line in enumerate(lines) if line.startswith("[")]
    parts = zip(steps, [*steps[1:], len(lines)], strict=True)
    return {
        lines[start].split("] ")[1]: "up to date" not in " ".join(lines[start:end])
        for start, end in parts
    }


def test_only_what_depends_on_a_change_is_run_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(write(folder))
    assert main(["recipe", file]) == 0
    assert ran(capsys) == {"targets": True, "histogram": True, "rows": True}
    assert main(["recipe", file]) == 0
    assert ran(capsys) == {"targets": False, "histogram": False, "rows": False}
    assert main(["recipe", file, "--set", "tokens=65"]) == 0
    assert ran(capsys) == {"targets": False, "histogram": False, "rows": True}
    assert main(["recipe", file]) == 0
    assert ran(capsys) == {"targets": False, "histogram": False, "rows": False}


def test_another_input_runs_everything(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(write(folder))
    main(["recipe", file])
    lines = (folder / "settled.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "settled.jsonl").write_bytes(lines[0])
    capsys.readouterr()
    assert main(["recipe", file]) == 0
    assert ran(capsys) == {"targets": True, "histogram": True, "rows": True}


def test_outputs_are_found_by_the_names_of_their_steps(folder: Path) -> None:
    main(["recipe", str(write(folder))])
    work = folder / "work"
    assert len((work / "targets.jsonl").read_text().splitlines()) == 3
    assert len((work / "training.jsonl").read_text().splitlines()) == 3
    assert (work / "histogram" / "zones.json").is_file()
    assert (work / "targets.jsonl").readlink().parts[0] == "store"


def test_until_runs_only_what_a_step_needs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recipe", str(write(folder)), "--until", "rows"]) == 0
    assert ran(capsys) == {"targets": True, "rows": True}


def test_check_runs_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipe", str(write(folder)), "--check"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "targets: settle",
        "histogram: zones",
        "rows: format",
    ]
    assert not (folder / "work").exists()


def test_steps_run_after_those_that_they_use(folder: Path) -> None:
    recipe = read_recipe(write(folder, steps=[STEPS[2], STEPS[1], STEPS[0]]))
    assert [step.id for step in in_order(recipe)] == ["targets", "rows", "histogram"]


def test_a_parameter_may_name_the_output_of_a_step(folder: Path) -> None:
    step = {"id": "other", "stage": "zones", "inputs": ["${targets}"]}
    plan = plan_of(read_recipe(write(folder, steps=[step, STEPS[0]])))
    assert [planned.step.id for planned in plan] == ["targets", "other"]


def test_too_many_failed_rows_end_the_recipe(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (folder / "settled.jsonl").open("a") as file:
        file.write("{broken\n")
    assert main(["recipe", str(write(folder))]) == 2
    assert "recipe: step targets: 1 of 4 rows failed" in capsys.readouterr().err
    assert not (folder / "work" / "training.jsonl").exists()
    assert main(["recipe", str(write(folder, max_failed_rate=0.5))]) == 1


def step(index: int, **changes: Any) -> dict[str, Any]:
    return {**STEPS[index], **changes}


CIRCLE = [step(0, inputs=["rows"]), step(2)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": [step(0, stage="setle")]}, "step targets: there is no stage 'setle'"),
        ({"steps": [step(0, parameters={"keeep": 1})]}, "step targets: parameters: keeep"),
        ({"steps": [step(0, parameters={"keep": ["x"]})]}, "step targets: parameters: keep"),
        ({"steps": [step(0, inputs=["nothing"])]}, "'nothing' is no step and no file"),
        ({"steps": [step(0, inputs=["${dta}/x"])]}, r"step targets: \$\{dta\} names no variable"),
        ({"steps": [step(0, inputs=[])]}, "step targets: settle needs inputs"),
        ({"steps": CIRCLE}, "in a circle: targets <- rows <- targets"),
        (
            {"steps": [*STEPS, step(1, id="rows2", inputs=["histogram"])]},
            "histogram makes a folder",
        ),
        ({"steps": [step(0), step(0)]}, "'targets' names several things"),
        ({"steps": [step(0), step(2, output="targets")]}, "several steps are to be"),
        ({"steps": [step(0, id="Targets")]}, r"steps.0.id: String should match"),
        ({"steps": []}, "steps: "),
        ({"unknown": 1}, "unknown: Extra inputs"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_runs(
    changes: dict[str, Any], message: str, folder: Path
) -> None:
    with pytest.raises(RunError, match=message):
        plan_of(read_recipe(write(folder, **changes)))
    assert not (folder / "work").exists()


@pytest.mark.parametrize("text", ["- a\n", "a: [", ""])
def test_what_is_no_recipe_is_said_to_be_none(text: str, tmp_path: Path) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text(text)
    with pytest.raises(RunError, match=r"is no YAML|holds no recipe"):
        read_recipe(file)


@pytest.mark.parametrize("value", ["[unclosed", "!!python/object:os.system x", "a: b: c"])
def test_a_value_that_is_no_yaml_is_refused(folder: Path, value: str) -> None:
    assert main(["recipe", str(folder / "recipe.yaml"), "--set", f"tokens={value}"]) == 2


def test_only_known_variables_can_be_set(folder: Path) -> None:
    with pytest.raises(RunError, match="no variable 'token'"):
        read_recipe(write(folder), {"token": 1})
