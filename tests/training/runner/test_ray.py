"""The same stages on a Ray that runs on this machine."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.training.runner.small_stages import (
    ASK,
    COUNT,
    MARK,
    MEASURE,
    NAMES,
    SmallConfig,
    write_rows,
)
from training.errors import RunError
from training.runner import RunOptions, run_stage
from training.stage import Stage

pytestmark = [
    pytest.mark.ray,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.data.context"),
]


@pytest.fixture(scope="module", autouse=True)
def _ray() -> Iterator[None]:
    import ray

    yield
    ray.shutdown()


@pytest.mark.parametrize("stage", [MARK, ASK, MEASURE, COUNT])
def test_ray_writes_the_same_rows(stage: Stage, tmp_path: Path) -> None:
    names = [f"{'refuse' if number % 9 == 4 else 'row'}-{number}" for number in range(100)]
    rows = write_rows(tmp_path / "rows.jsonl", names)
    inputs = [] if stage is COUNT else [str(rows)]
    reports = {
        executor: run_stage(
            stage,
            SmallConfig(),
            inputs,
            tmp_path / f"{executor}.jsonl",
            RunOptions.model_validate({"executor": executor}),
        )
        for executor in ("local", "ray")
    }
    assert reports["local"].counts == reports["ray"].counts
    assert (tmp_path / "local.jsonl").read_bytes() == (tmp_path / "ray.jsonl").read_bytes()
    assert not list(tmp_path.glob("*.chunks"))
    assert json.loads((tmp_path / "ray.jsonl.manifest.json").read_text())["stage"] == stage.name


def test_a_stage_of_all_rows_does_not_run_on_ray(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl", ["row-0"])
    with pytest.raises(RunError, match="runs locally only"):
        run_stage(NAMES, SmallConfig(), [str(rows)], tmp_path / "out", RunOptions(executor="ray"))
