"""Packing a release: what goes in, what is refused, and that the server's side can load it."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from model import ModelConfig
from model.embedded.engine import EmbeddedEngine
from model.weights import open_release
from tests.model.tiny import write_tiny_model
from tests.model.tiny_adapter import write_tiny_adapter
from training.errors import RunError
from training.releasing.data_manifest import DataManifest, RepositoryShare
from training.releasing.releases import ReleaseConfig, pack_release
from training.stages import release as release_stage

MANIFEST = DataManifest(
    num_rows=12,
    num_licensed_rows=12,
    repositories=(RepositoryShare(url="https://x.test/a", licenses=("MIT",), num_rows=12),),
    licenses={"MIT": 12},
    languages={"python": 12},
)
TRAINING = {
    "parameters": {"lora_rank": 4, "adapter": None},
    "data": {"prompt_formats": ["foretype-span"]},
    "num_steps": 7,
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("base") / "tiny-base")


@pytest.fixture
def trained(base: Path, tmp_path: Path) -> Path:
    """What ``train`` leaves, beside the other inputs of a release."""
    folder = write_tiny_adapter(base, tmp_path / "trained")
    (folder / "training.json").write_text(json.dumps(TRAINING))
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation" / "summary.json").write_text('{"delta_chr_f": 61.5, "rows": 500}')
    (tmp_path / "data.json").write_text(MANIFEST.model_dump_json())
    return folder


def config(base: Path, trained: Path, **changes: Any) -> ReleaseConfig:
    values = {
        "name": "student-1",
        "model": base,
        "evaluation": trained.parent / "evaluation",
        "data": trained.parent / "data.json",
        "created": "2026-11-23",
        "max_output_tokens": 32,
    }
    return ReleaseConfig.model_validate(values | changes)


async def test_what_is_packed_is_served(base: Path, trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "releases" / "student-1"
    assert release_stage.run(trained, config(base, trained), out) == out
    names = {"README.md", "adapter_config.json", "adapter_model.safetensors", "release.json"}
    assert {file.name for file in out.iterdir()} == names
    assert [file.name for file in out.parent.iterdir()] == ["student-1"], "nothing temporary stays"
    release = open_release(out)
    release.verify()
    record = release.record
    assert record.base is not None and record.base.name == "tiny-base"
    assert record.created == date(2026, 11, 23)
    assert record.evaluation == {"delta_chr_f": 61.5, "rows": 500}
    assert record.data["repositories"][0]["licenses"] == ["MIT"]
    assert record.training["num_steps"] == 7
    engine = EmbeddedEngine(ModelConfig(path=base, release=str(out), num_threads=1))
    await engine.start()
    assert engine.info.name == "student-1"
    assert engine.card is not None and engine.card.max_output_tokens == 32
    await engine.stop()


def test_the_same_inputs_make_the_same_release(base: Path, trained: Path, tmp_path: Path) -> None:
    first = pack_release(trained, config(base, trained), tmp_path / "one")
    again = pack_release(trained, config(base, trained), tmp_path / "two")
    assert first == again
    one, two = (tmp_path / name / "release.json" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_whole_weights_are_packed_without_a_base(base: Path, trained: Path, tmp_path: Path) -> None:
    full = write_tiny_model(tmp_path / "full", seed=2)
    (full / "training.json").write_text(json.dumps(TRAINING))
    record = pack_release(full, config(base, trained), tmp_path / "student-1")
    assert record.base is None
    assert set(record.files) == {"config.json", "tokenizer.json", "model.safetensors"}
    open_release(tmp_path / "student-1").verify()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"prompt_format": "no-such-format"}, "the name is unknown"),
        ({"prompt_format": "foretype-region"}, "trained on foretype-span, not on foretype-region"),
        ({"max_adapter_bytes": 1000}, "bytes, more than 1000"),
        ({"evaluation": "missing.json"}, "missing.json cannot be read"),
        ({"data": "missing.json"}, "missing.json is no data manifest; run manifest"),
        ({"model": "no-such-model"}, r"config.json is missing"),
    ],
)
def test_what_cannot_be_released_leaves_nothing(
    base: Path, trained: Path, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    out = tmp_path / "releases" / "student-1"
    with pytest.raises(RunError, match=said):
        pack_release(trained, config(base, trained, **changes), out)
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize("training", [{"data": None}, {"data": 3}, {"parameters": None}])
def test_a_record_of_training_may_say_little(
    base: Path, trained: Path, tmp_path: Path, training: dict[str, Any]
) -> None:
    (trained / "training.json").write_text(json.dumps(training))
    out = tmp_path / "releases" / "student-1"
    assert pack_release(trained, config(base, trained), out).training == training


@pytest.mark.parametrize("formats", [None, "foretype-span", ["foretype-span", 3]])
def test_weights_of_another_format_are_refused_however_it_is_written(
    base: Path, trained: Path, tmp_path: Path, formats: object
) -> None:
    text = json.dumps({"data": {"prompt_formats": formats}})
    (trained / "training.json").write_text(text)
    with pytest.raises(RunError, match="the weights were trained on"):
        pack_release(trained, config(base, trained), tmp_path / "releases" / "student-1")


def test_a_damaged_summary_is_refused(base: Path, trained: Path, tmp_path: Path) -> None:
    file = trained.parent / "evaluation" / "summary.json"
    file.write_text('{"figures": {"delta_chr_f": 3}}')
    with pytest.raises(RunError, match=r"summary\.json is no summary of an evaluation"):
        pack_release(trained, config(base, trained), tmp_path / "releases" / "student-1")


def test_what_the_engine_cannot_serve_is_never_packed(
    base: Path, trained: Path, tmp_path: Path
) -> None:
    file = trained / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"use_dora": True}))
    with pytest.raises(RunError, match=r"^student-1/adapter_config\.json: use_dora is set"):
        pack_release(trained, config(base, trained), tmp_path / "student-1")
    assert not (tmp_path / "student-1").exists()


def test_a_release_is_never_overwritten(base: Path, trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "student-1"
    pack_release(trained, config(base, trained), out)
    with pytest.raises(RunError, match="exists already"):
        pack_release(trained, config(base, trained), out)


def test_a_folder_without_weights_is_named(base: Path, trained: Path, tmp_path: Path) -> None:
    (trained / "adapter_model.safetensors").unlink()
    with pytest.raises(RunError, match=r"adapter_model\.safetensors is missing; is .* what train"):
        pack_release(trained, config(base, trained), tmp_path / "student-1")
