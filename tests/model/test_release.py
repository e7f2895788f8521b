"""Releases: found by name, checked to the byte, put on the one model that they were made for."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from model import ModelCard, ModelConfig, ModelFilesError
from model.config import SHIPPED_RELEASE
from model.embedded.engine import EmbeddedEngine
from model.embedded.loading import load_model
from model.weights import configured_release, open_model_folder, open_release, resolve_model_files
from model.weights.folder import write_manifest
from model.weights.release import find_release
from model.weights.release_record import ReleaseRecord
from tests.model.answers import complete, request_for
from tests.model.test_weights import hub_snapshot
from tests.model.tiny import write_tiny_model
from tests.model.tiny_release import write_record, write_tiny_release

WEIGHTS = "adapter_model.safetensors"
UNREADABLE = "n" * 300
"""As the target of a link: what is there, and gives an error of the system's that tests can make
whoever runs them."""


@pytest.fixture(scope="module")
def whole_release(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_release(tiny_folder, tmp_path_factory.mktemp("releases") / "tiny-student-1")


@pytest.fixture
def release(whole_release: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return shutil.copytree(whole_release, tmp_path / "tiny-student-1")


def test_a_release_is_found_by_name_or_by_path(whole_release: Path) -> None:
    assert find_release("tiny-student-1", whole_release.parent) == whole_release
    assert find_release(str(whole_release)) == whole_release
    config = ModelConfig(release="tiny-student-1")
    found = configured_release(config, whole_release.parent)
    assert found is not None and found.path == whole_release


def test_an_unknown_name_is_answered_with_the_known_ones(whole_release: Path) -> None:
    with pytest.raises(ModelFilesError, match=r"FORETYPE_MODEL_RELEASE: tiny-student-1, none"):
        find_release("tiny-student-2", whole_release.parent)


@pytest.mark.parametrize(
    "settings",
    [
        {"release": "none"},
        {"release": ""},
        {"engine": "fake", "release": "whatever"},
        {"path": "/some/model"},
        {"adapter": "/some/adapter"},
    ],
)
def test_no_release_where_none_is_asked_for(settings: dict[str, Any]) -> None:
    assert configured_release(ModelConfig.model_validate(settings)) is None


def test_a_release_and_another_adapter_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="leave adapter unset"):
        ModelConfig(release="student", adapter=Path("adapter"))
    assert ModelConfig(release="none", adapter=Path("adapter")).release_name is None


@pytest.mark.parametrize("name", ["adapter_config.json", WEIGHTS])
def test_a_changed_missing_or_cut_file_is_named(release: Path, name: str) -> None:
    whole = (release / name).read_bytes()
    (release / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    changed = open_release(release)
    with pytest.raises(ModelFilesError, match=f"{name} is damaged: wrong SHA-256; restore"):
        changed.verify()
    (release / name).write_bytes(whole[:-1])
    with pytest.raises(ModelFilesError, match=f"{name} has .* bytes, not .*MODEL_RELEASE=none"):
        open_release(release)
    (release / name).unlink()
    with pytest.raises(ModelFilesError, match=f"{name} is missing; restore"):
        open_release(release)


def make_unreadable(file: Path) -> None:
    if file.is_dir():
        shutil.rmtree(file)
    else:
        file.unlink()
    file.symlink_to(UNREADABLE)


def test_a_folder_that_cannot_be_looked_at_is_told_of(release: Path) -> None:
    with pytest.raises(ModelFilesError, match=f"{UNREADABLE} cannot be read: File name too long"):
        find_release(UNREADABLE, release.parent)
    make_unreadable(release)
    with pytest.raises(ModelFilesError, match=r"tiny-student-1 cannot be read: .*; restore"):
        find_release(str(release))


@pytest.mark.parametrize("name", ["release.json", "adapter_config.json", WEIGHTS])
def test_a_file_that_cannot_be_read_is_told_of(release: Path, name: str) -> None:
    opened = open_release(release)
    make_unreadable(release / name)
    with pytest.raises(ModelFilesError, match=f"{name} cannot be read: File name .*; restore"):
        open_release(release)
    if name != "release.json":
        with pytest.raises(ModelFilesError, match=f"{name} cannot be read: File name .*; restore"):
            opened.verify()
        (release / name).unlink()
        with pytest.raises(ModelFilesError, match=f"{name} is missing; restore"):
            opened.verify()


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_whole_model_that_cannot_be_read_is_told_of(
    tiny_folder: Path, tmp_path: Path, name: str
) -> None:
    """After it was verified: a volume may leave at any time."""
    folder = write_tiny_release(tiny_folder, tmp_path / "whole", is_adapter=False)
    files = resolve_model_files(ModelConfig(), open_release(folder), {})
    make_unreadable(folder / name)
    with pytest.raises(ModelFilesError, match=f"{name} (cannot be read|is missing).*; put it"):
        load_model(files, torch.float32, max_context_tokens=64)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("prompt_format", "completion", "is not version"),
        ("version", "0" * 12, "is not version 000000000000"),
        ("base", None, "does not list config.json, tokenizer.json, model.safetensors"),
        ("files", {}, "does not list adapter_config.json"),
        ("schema_version", 2, r"damaged \(schema_version\)"),
        ("limits", {"max_prompt_tokens": 640}, r"damaged \(limits.max_output_tokens\)"),
        ("name", "../elsewhere", r"damaged \(name\)"),
    ],
)
def test_a_record_that_is_not_true_is_refused(
    release: Path, field: str, value: object, said: str
) -> None:
    file = release / "release.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {field: value}))
    with pytest.raises(ModelFilesError, match=f"release.json .*{said}"):
        open_release(release)


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff"])
def test_a_missing_or_unreadable_record(release: Path, content: bytes | None) -> None:
    (release / "release.json").unlink()
    if content is not None:
        (release / "release.json").write_bytes(content)
    with pytest.raises(ModelFilesError, match=r"release\.json is (missing|damaged)"):
        open_release(release)


def test_the_version_is_of_all_that_changes_an_answer(release: Path, tiny_folder: Path) -> None:
    def version(**changes: Any) -> str:
        write_record(release, tiny_folder, **changes)
        return ReleaseRecord.model_validate_json((release / "release.json").read_bytes()).version

    first = version()
    assert version(name="renamed", license="MIT", evaluation={"delta_chr_f": 1.0}) == first
    others = {
        version(prompt_format="foretype-region"),
        version(limits={"max_prompt_tokens": 640, "max_output_tokens": 25}),
        version(sampling={"temperature": 0.5}),
    }
    assert len(others - {first}) == 3


def test_a_release_is_put_on_its_base_alone(
    whole_release: Path, tiny_folder: Path, tmp_path: Path
) -> None:
    release = open_release(whole_release)
    files = resolve_model_files(ModelConfig(path=tiny_folder), release)
    base = open_model_folder(tiny_folder)
    assert files.name == "tiny-student-1"
    assert files.version == f"{base.version}+{release.record.version}"
    other = write_tiny_model(tmp_path / "other", seed=1)
    with pytest.raises(ModelFilesError, match=r"is not the tiny .*FORETYPE_MODEL_RELEASE=none"):
        resolve_model_files(ModelConfig(path=other), release)
    write_manifest(other, "test")
    with pytest.raises(ModelFilesError, match=r"is not the tiny .*SHA-256"):
        resolve_model_files(ModelConfig(path=other), release)


def test_of_the_hubs_models_only_the_right_one_is_taken(
    whole_release: Path, tmp_path: Path
) -> None:
    release = open_release(whole_release)
    hub = tmp_path / "hub"
    wrong = hub_snapshot(hub, name="SmolLM2-135M")
    write_tiny_model(hub / "models--HuggingFaceTB--SmolLM2-135M" / "blobs", seed=1)
    right = hub_snapshot(hub, name="SmolLM2-135M-Instruct")
    config = ModelConfig(cache_dir=tmp_path / "cache")
    lines: list[str] = []
    environment = {"HF_HUB_CACHE": str(hub)}
    files = resolve_model_files(config, release, environment, report=lines.append)
    assert files.folder.path == right
    assert lines == [f"passing over {wrong}: it is not the tiny that the release needs"]
    assert resolve_model_files(config, None, environment).folder.path == wrong
    own = write_tiny_model(tmp_path / "cache" / "SmolLM2-135M-Instruct")
    assert resolve_model_files(config, release, environment).folder.path == own


def test_a_release_of_whole_weights_needs_no_base(tiny_folder: Path, tmp_path: Path) -> None:
    folder = write_tiny_release(tiny_folder, tmp_path / "whole", is_adapter=False)
    release = open_release(folder)
    files = resolve_model_files(ModelConfig(), release, {})
    assert (files.folder.path, files.adapter) == (folder, None)
    assert (files.name, files.version) == ("tiny-student-1", release.record.version)


async def test_an_engine_serves_a_release(whole_release: Path, tiny_folder: Path) -> None:
    settings = {"path": tiny_folder, "precision": "float32", "num_threads": 1}
    bare = EmbeddedEngine(ModelConfig.model_validate(settings))
    adapted = EmbeddedEngine(ModelConfig.model_validate(settings | {"release": str(whole_release)}))
    assert bare.card is None
    assert adapted.card == ModelCard("foretype-span", 640, 24, 0.0), "known before the start"
    answers = []
    for engine in (bare, adapted):
        await engine.start()
        request = request_for(engine, "def f(the other", max_tokens=20)
        answers.append((await complete(engine, request)).tokens)
        await engine.stop()
        await engine.start()
        assert (await complete(engine, request)).tokens == answers[-1]
    assert answers[0] != answers[1]
    assert adapted.info.name == "tiny-student-1"
    assert adapted.info.version.startswith(f"{bare.info.version}+")
    for engine in (bare, adapted):
        await engine.stop()


async def test_a_bare_adapter_is_served_for_trials(whole_release: Path, tiny_folder: Path) -> None:
    engine = EmbeddedEngine(
        ModelConfig(path=tiny_folder, adapter=whole_release, precision="float32", num_threads=1)
    )
    await engine.start()
    assert engine.card is None
    assert engine.info.name == "tiny-student-1"
    assert engine.info.version.count("+") == 1
    await engine.stop()


def test_the_shipped_release_is_there_and_whole() -> None:
    release = configured_release(ModelConfig())
    assert (release.path.name if release else None) == SHIPPED_RELEASE
    if release is not None:
        release.verify()


@pytest.mark.model
async def test_the_shipped_release_fits_the_model_that_is_obtained(real_folder: Path) -> None:
    engine = EmbeddedEngine(ModelConfig(path=real_folder, release=SHIPPED_RELEASE or "none"))
    await engine.start()
    assert engine.info.name == (SHIPPED_RELEASE or "SmolLM2-135M-Instruct")
    await engine.stop()


async def test_damage_ends_the_start_with_the_files_name(release: Path, tiny_folder: Path) -> None:
    data = bytearray((release / WEIGHTS).read_bytes())
    data[-5] ^= 1
    (release / WEIGHTS).write_bytes(data)
    engine = EmbeddedEngine(ModelConfig(path=tiny_folder, release=str(release)))
    with pytest.raises(ModelFilesError, match=f"{WEIGHTS} is damaged"):
        await engine.start()
