"""Where the model is looked for, and how a missing or damaged file is reported."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from model import ModelConfig, ModelFilesError
from model.weights import open_model_folder, resolve_model_folder
from model.weights.folder import write_manifest
from model.weights.resolve import default_cache_dir
from tests.model.tiny import write_tiny_model

FILES = ("config.json", "model.safetensors", "tokenizer.json")


def hub_snapshot(hub: Path, revision: str = "abc", name: str = "SmolLM2-135M") -> Path:
    """A model in the hub's cache: the snapshot's files are links to blobs."""
    repository = hub / f"models--HuggingFaceTB--{name}"
    write_tiny_model(repository / "blobs")
    snapshot = repository / "snapshots" / revision
    snapshot.mkdir(parents=True)
    for file in FILES:
        (snapshot / file).symlink_to(repository / "blobs" / file)
    return snapshot


def test_a_named_folder_comes_first(tmp_path: Path) -> None:
    hub_snapshot(tmp_path / "hub")
    own = write_tiny_model(tmp_path / "own")
    environment = {"HF_HUB_CACHE": str(tmp_path / "hub")}
    assert resolve_model_folder(ModelConfig(path=own), environment).path == own


def environments(root: Path) -> list[tuple[Mapping[str, str], Path]]:
    return [
        ({"HF_HUB_CACHE": str(root / "a"), "HF_HOME": str(root / "no")}, root / "a"),
        ({"HF_HOME": str(root / "b")}, root / "b" / "hub"),
        ({"XDG_CACHE_HOME": str(root / "c")}, root / "c" / "huggingface" / "hub"),
        ({}, root / "home" / ".cache" / "huggingface" / "hub"),
    ]


@pytest.mark.parametrize("place", range(4))
def test_the_hub_cache_comes_before_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    environment, hub = environments(tmp_path)[place]
    snapshot = hub_snapshot(hub, name="SmolLM2-135M-Instruct")
    write_tiny_model(tmp_path / "cache" / "SmolLM2-135M-Instruct")
    config = ModelConfig(cache_dir=tmp_path / "cache")
    assert resolve_model_folder(config, environment).path == snapshot


def test_of_several_snapshots_the_newest_complete_one_counts(tmp_path: Path) -> None:
    old, new = hub_snapshot(tmp_path, "old"), hub_snapshot(tmp_path, "new")
    partial = hub_snapshot(tmp_path, "partial")
    os.utime(old, (1, 1))
    os.utime(new, (2, 2))
    (partial / "tokenizer.json").unlink()
    environment = {"HF_HUB_CACHE": str(tmp_path)}
    assert resolve_model_folder(ModelConfig(), environment).path == new


def test_a_model_is_named_after_its_folder(tmp_path: Path) -> None:
    snapshot = "models--HuggingFaceTB--SmolLM2-135M/snapshots/0f1e"
    for folder, name in ((snapshot, "SmolLM2-135M"), ("mine", "mine")):
        assert open_model_folder(write_tiny_model(tmp_path / folder)).name == name


def test_our_cache_is_the_last_resort(tmp_path: Path) -> None:
    cache = tmp_path / "foretype" / "models"
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    assert default_cache_dir(environment) == cache
    folder = write_tiny_model(cache / "SmolLM2-135M-Instruct")
    assert resolve_model_folder(ModelConfig(), environment).path == folder


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named_and_nothing_else_is_used(tmp_path: Path, file: str) -> None:
    own = write_tiny_model(tmp_path / "own")
    (own / file).unlink()
    with pytest.raises(ModelFilesError, match=f"{file} is missing; .*FORETYPE_MODEL_PATH"):
        resolve_model_folder(ModelConfig(path=own), {})


@pytest.mark.parametrize("has_manifest", [True, False])
def test_truncated_weights_are_found(tmp_path: Path, has_manifest: bool) -> None:
    if has_manifest:
        write_manifest(write_tiny_model(tmp_path), "test")
    else:
        write_tiny_model(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.raises(ModelFilesError, match=r"model\.safetensors has \d+ bytes, not \d+; run"):
        open_model_folder(tmp_path)


@pytest.mark.parametrize("file", FILES)
def test_a_changed_file_is_found_by_the_manifest(tmp_path: Path, file: str) -> None:
    write_manifest(write_tiny_model(tmp_path), "test")
    open_model_folder(tmp_path)
    data = bytearray((tmp_path / file).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / file).write_bytes(data)
    with pytest.raises(ModelFilesError, match=f"{file} is damaged"):
        open_model_folder(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"files": 3}', b"\xff\xff"])
def test_a_damaged_manifest_is_found(tmp_path: Path, content: bytes) -> None:
    write_tiny_model(tmp_path)
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(ModelFilesError, match=r"manifest\.json is damaged"):
        open_model_folder(tmp_path)


@pytest.mark.parametrize("content", [b"", b"12345678", b"\x02\0\0\0\0\0\0\0{}", b"\xff" * 40])
def test_weights_that_are_none(tmp_path: Path, content: bytes) -> None:
    write_tiny_model(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelFilesError, match=r"model\.safetensors is damaged"):
        open_model_folder(tmp_path)


def test_the_version_is_the_contents(tmp_path: Path) -> None:
    versions = []
    for name, seed, has_manifest in (
        ("a", 0, True),
        ("b", 0, True),
        ("c", 1, True),
        ("d", 0, False),
    ):
        folder = write_tiny_model(tmp_path / name, seed)
        if has_manifest:
            write_manifest(folder, "test")
        versions.append(open_model_folder(folder).version)
    assert versions[0] == versions[1] != versions[2]
    assert len(versions[3]) == len(versions[0])
