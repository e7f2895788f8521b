"""From parameters to a student; a model's version is that of its bytes."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.model.tiny_adapter import write_tiny_adapter
from tests.training.inputs import prompt_input
from tests.training.student.endpoint import completion, scripted_endpoint
from training.errors import RunError
from training.student import StudentConfig, open_student, student_version

GIVEN = prompt_input("def area(width, height):\n    ^\n")


def _config(folder: Path, **fields: object) -> StudentConfig:
    values = {
        "model": folder,
        "prompt_format": "completion",
        "max_output_tokens": 8,
        "precision": "float32",
        "cache": None,
        **fields,
    }
    return StudentConfig.model_validate(values)


@pytest.mark.parametrize("backend", ["engine", "transformers"])
async def test_a_student_in_this_process(backend: str, tiny_folder: Path) -> None:
    config = _config(tiny_folder, backend=backend)
    async with open_student(config) as student:
        assert student.version == student_version(config)
        (answer,) = await student.predict(GIVEN, num_samples=1, temperature=0.0, seed=0)
    assert 0 < answer.num_tokens <= 8
    assert answer.rendered is not None


async def test_an_adapter_answers_alike_whoever_adds_it(tiny_folder: Path, tmp_path: Path) -> None:
    adapter = write_tiny_adapter(tiny_folder, tmp_path / "adapter")
    outputs = set()
    for fields in ({}, {"adapter": adapter}, {"adapter": adapter, "backend": "transformers"}):
        async with open_student(_config(tiny_folder, max_output_tokens=24, **fields)) as student:
            (answer,) = await student.predict(GIVEN, num_samples=1, temperature=0.0, seed=0)
        outputs.add((answer.text, student.version))
    assert len(outputs) == 2


async def test_answers_are_kept_for_the_next_run(tiny_folder: Path, tmp_path: Path) -> None:
    config = _config(tiny_folder, cache=tmp_path / "cache" / "answers.sqlite")
    hits = []
    for _run in range(2):
        async with open_student(config) as student:
            await student.predict(GIVEN, num_samples=1, temperature=0.0, seed=0)
            hits.append(student.stats()["num_cache_hits"])
    assert hits == [0, 1]


async def test_a_student_behind_an_endpoint() -> None:
    with scripted_endpoint(completion("return width * height")) as endpoint:
        config = StudentConfig(
            backend="completions",
            endpoint=endpoint.url,
            endpoint_model="tiny",
            prompt_format="completion",
            cache=None,
        )
        async with open_student(config) as student:
            (answer,) = await student.predict(GIVEN, num_samples=1, temperature=0.0, seed=0)
    assert answer.shown is not None
    assert "return width * height" in answer.shown.new_text


def test_the_version_changes_with_a_single_weight(tiny_folder: Path, tmp_path: Path) -> None:
    """Also where size and header stay the same."""
    copy = tmp_path / "copy"
    shutil.copytree(tiny_folder, copy)
    assert student_version(_config(copy)) == student_version(_config(tiny_folder))
    weights = load_file(copy / "model.safetensors")
    weights["model.norm.weight"][0] += torch.tensor(0.5)
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    assert student_version(_config(copy)) != student_version(_config(tiny_folder))


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt_format": "nonsense"},
        {"backend": "completions"},
        {"backend": "completions", "endpoint": "http://localhost", "adapter": "somewhere"},
        {"backend": "completions", "endpoint": "http://localhost", "endpoint_key_env": "NO_SUCH"},
        {"backend": "completions", "endpoint": "localhost:8000"},
        {"model": Path("nowhere")},
        {"adapter": Path("nowhere")},
    ],
)
async def test_what_cannot_be_opened_ends_the_run(
    fields: dict[str, object], tiny_folder: Path
) -> None:
    with pytest.raises(RunError):
        async with open_student(_config(tiny_folder, **fields)):
            pass


def test_what_only_says_how_is_no_part_of_the_key(tiny_folder: Path) -> None:
    config = _config(tiny_folder, device="cpu", batch_rows=3)
    assert config.model_dump() == _config(tiny_folder).model_dump()
