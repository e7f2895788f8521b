"""The command for a bare machine: rows in, rows out, answers kept for the machine that judges."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.inputs import example, settled_example
from training.examples import Example, ExampleSpec
from training.student.__main__ import main

TEXT = "def area(width, height):\n    ret^\n"


def _config(folder: Path, tiny_folder: Path, **fields: object) -> str:
    values = {
        "backend": "transformers",
        "model": str(tiny_folder),
        "prompt_format": "completion",
        "max_output_tokens": 4,
        "cache": str(folder / "answers.sqlite"),
        "judge": False,
        **fields,
    }
    (folder / "config.json").write_text(json.dumps(values))
    return str(folder / "config.json")


def _run(folder: Path, stage: str, config: str, *rows: Example) -> tuple[int, list[Example]]:
    given, out = folder / "in.jsonl", folder / "out.jsonl"
    given.write_text("".join(row.model_dump_json() + "\n" for row in rows))
    code = main([stage, str(given), str(out), config])
    return code, [Example.model_validate_json(line) for line in out.read_text().splitlines()]


def test_predictions_in_order_and_in_the_cache(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [example(TEXT, name=f"case {number}") for number in range(3)]
    code, answered = _run(tmp_path, "predict", _config(tmp_path, tiny_folder), *rows)
    assert code == 0
    assert [row.spec.name for row in answered] == [row.spec.name for row in rows]
    assert all(row.predictions[0].provider == "student" for row in answered)
    assert capsys.readouterr().err == "{'num_cache_hits': 0}\n"
    again = _run(tmp_path, "predict", _config(tmp_path, tiny_folder), *rows)
    assert again == (code, answered)
    assert capsys.readouterr().err == "{'num_cache_hits': 3}\n"


def test_samples(tiny_folder: Path, tmp_path: Path) -> None:
    config = _config(tmp_path, tiny_folder, num_samples=3)
    row = settled_example(TEXT, "    ret", "    return 1")
    _code, (answered,) = _run(tmp_path, "sample", config, row)
    assert len(answered.samples) == 3


def test_a_row_that_fails_is_named(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Example(spec=ExampleSpec(name="broken"))
    config = _config(tmp_path, tiny_folder)
    code, answered = _run(tmp_path, "predict", config, broken, example(TEXT))
    assert code == 1
    assert [row.spec.name for row in answered] == ["case"]
    assert "broken: missing_section" in capsys.readouterr().err


def test_nonsense_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dance"]) == 2
    assert "python -m training.student" in capsys.readouterr().err


def test_importing_the_student_loads_no_model_library() -> None:
    code = (
        "import sys, training.student, training.stages.predict;"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers')))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
