"""The stages of labelling, one after another, through the runner, against a real server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.training.teacher.examples import BETTER, answer, example
from tests.training.teacher.scripted_endpoint import ScriptedEndpoint, body, serving, status
from training.examples import Example
from training.runner.options import RunOptions
from training.runner.run import run_stage
from training.runner.values import RunReport
from training.stage import Stage
from training.stages import adopt, check, distill, repair

REVERTED = "def area(shape):\n\n\ndef main():\n    print(area(shape))\n"
NUM_ROWS = 6


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    """Its first of three answers is bad until it is told so."""

    def text(body: dict[str, Any]) -> str:
        is_bad = body["seed"] == 0 and len(body["messages"]) == 1
        return answer(REVERTED if is_bad else BETTER)

    with serving() as endpoint:
        endpoint.text = text
        yield endpoint


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    lines = [example(name=f"row-{number}").model_dump_json() for number in range(NUM_ROWS)]
    path.write_text("\n".join(lines) + "\n")
    return path


def ran(
    stage: Stage, given: Path, parameters: dict[str, Any], jobs: int | None = None
) -> RunReport:
    config = stage.config.model_validate(parameters)
    out = given.with_name(f"{stage.name}-{given.name}")
    return run_stage(stage, config, [str(given)], out, RunOptions(jobs=jobs))


def parameters(endpoint: ScriptedEndpoint, folder: Path) -> dict[str, Any]:
    cache = folder / "cache" / "answers.sqlite"
    return {"base_url": endpoint.url, "model": "large", "cache": cache, "attempts": 1}


def test_from_inputs_to_labels(endpoint: ScriptedEndpoint, rows: Path) -> None:
    teacher = parameters(endpoint, rows.parent)
    path = rows
    for stage, given in (
        (distill.STAGE, teacher),
        (check.STAGE, {}),
        (repair.STAGE, teacher),
        (check.STAGE, {}),
        (adopt.STAGE, {}),
    ):
        assert ran(stage, path, given).counts.num_out == NUM_ROWS
        path = path.with_name(f"{stage.name}-{path.name}")
    found = [Example.model_validate_json(line) for line in path.read_text().splitlines()]
    assert [each.spec.name for each in found] == [f"row-{n}" for n in range(NUM_ROWS)]
    for each in found:
        assert len(each.predictions) == 4 and each.predictions[3].answers == 0
        (adopted,) = each.adopted
        assert adopted.num_agreeing == 3
        assert "total = shape.width" in each.spec.expected_patches[0]
        stages = ["distill", "check", "repair", "check", "adopt"]
        assert [stamp.stage for stamp in each.provenance] == stages
        assert (each.provenance[0].model, each.provenance[0].template) == ("large", "teacher@1")
        assert "base_url" not in each.provenance[0].parameters


def test_what_failed_is_asked_again_and_nothing_else(
    endpoint: ScriptedEndpoint, rows: Path
) -> None:
    # Rows of one text are one question: without it in the names, six rows are three calls.
    endpoint.script.extend([status(400), body("{"), status(500)])
    teacher = parameters(endpoint, rows.parent)
    first = ran(distill.STAGE, rows, teacher, jobs=1)
    assert first.exit_code == 1 and first.counts.num_failed == 1
    failed = rows.with_name("distill-rows.jsonl.failed.jsonl").read_text().splitlines()
    assert json.loads(failed[0])["name"] == "row-0"
    assert len(endpoint.requests) == 6
    second = ran(distill.STAGE, rows, teacher, jobs=1)
    assert second.exit_code == 0 and second.counts.num_out == NUM_ROWS
    assert len(endpoint.requests) == 6
    assert ran(distill.STAGE, rows, teacher, jobs=1).was_up_to_date


def test_a_batch_of_all_rows(endpoint: ScriptedEndpoint, rows: Path) -> None:
    quick = {"mode": "batch", "poll_seconds": 0.01, "batch_idle_seconds": 0.1}
    report = ran(distill.STAGE, rows, parameters(endpoint, rows.parent) | quick)
    assert report.exit_code == 0 and report.counts.num_out == NUM_ROWS
    assert endpoint.requests == []
    assert [len(items) for items in endpoint.batches.values()] == [3]
