from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from benchmarks.replay.gguf_export import export
from model.weights import ModelFiles, ModelFolder
from model.weights.gguf_convert import convert
from model.weights.lora import merge_adapter
from model.weights.served import AdapterFolder
from tests.model.tiny import write_tiny_model
from tests.model.tiny_adapter import write_tiny_adapter


def test_the_file_holds_the_model_with_its_adapter(tmp_path: Path) -> None:
    base = write_tiny_model(tmp_path / "tiny", eos_token_id=[0, 1])
    adapter = write_tiny_adapter(base, tmp_path / "adapter")
    files = ModelFiles(ModelFolder(base, "1"), AdapterFolder(adapter, "taught", "2"))
    export(files, tmp_path / "model.gguf")
    (tmp_path / "again").mkdir()
    convert(tmp_path / "model.gguf", tmp_path / "again")
    wanted = merge_adapter(adapter, load_file(base / "model.safetensors"), torch.bfloat16)
    found = load_file(tmp_path / "again" / "model.safetensors")
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name].bfloat16()) for name in wanted)
    vocabularies = [
        Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
        for folder in (base, tmp_path / "again")
    ]
    assert vocabularies[0] == vocabularies[1]
