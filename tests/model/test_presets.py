"""Presets: a published model by its name, from the hub's cache or a folder."""

import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from model import ModelConfig, ModelFilesError, VllmConfig, vllm_command
from model.presets import PRESETS, find_preset
from model.vocabulary import read_vocabulary
from model.weights import card_of, resolve_model_files
from prompt_format import FORMATS

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(tmp_path: Path, tiny_folder: Path) -> dict[str, str]:
    """A hub cache that holds Zeta2, as small as it gets."""
    model = tmp_path / "hub" / "models--zed-industries--zeta-2"
    shutil.copytree(tiny_folder, model / "snapshots" / COMMIT)
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text(COMMIT)
    return {"HF_HUB_CACHE": str(tmp_path / "hub"), "HOME": str(tmp_path)}


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_speaks_a_format_that_there_is(name: str) -> None:
    preset = find_preset(name)
    assert preset.name == name and preset.card.prompt_format in FORMATS


def test_an_unknown_preset_is_answered_with_the_names() -> None:
    with pytest.raises(ModelFilesError, match="zeta-2"):
        find_preset("zeta-9")


def test_a_preset_comes_from_the_hubs_cache(hub: dict[str, str]) -> None:
    config = ModelConfig(engine="vllm", preset="zeta-2")
    files = resolve_model_files(config, None, hub)
    assert (files.name, files.version) == ("zeta-2", COMMIT[:12])
    card = card_of(config, None)
    assert card is not None and card.prompt_format == "V0211SeedCoder"


def test_a_folder_may_hold_it(tiny_folder: Path) -> None:
    config = ModelConfig(engine="vllm", preset="zeta-2.1", path=tiny_folder)
    assert read_vocabulary(config, None).name == "zeta-2.1"
    words = vllm_command(config, VllmConfig()).words
    assert words[words.index("--model") + 1] == str(tiny_folder)
    assert words[words.index("--served-model-name") + 1] == "zeta-2.1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"engine": "embedded"},
        {"engine": "vllm", "release": "first-student"},
        {"engine": "vllm", "adapter": "somewhere"},
    ],
)
def test_what_does_not_go_with_a_preset_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ModelConfig(preset="zeta-2", **wrong)


def test_one_that_cannot_be_had_says_what_to_do(
    hub: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelFilesError, match="FORETYPE_MODEL_PATH"):
        resolve_model_files(ModelConfig(engine="vllm", preset="zeta"), None, hub)


@pytest.mark.parametrize("name", PRESETS)
def test_the_documentation_lists_it(name: str) -> None:
    text = Path("docs/engines.md").read_text(encoding="utf-8")
    family, _dash, size = name.rpartition("-")
    assert f"`{name}`" in text or (f"`{family}-" in text and f"`…-{size}`" in text)
