"""The model that ``make serve`` serves as one GGUF file, for servers that read no other.

    python -m benchmarks.replay.gguf_export FILE

The adapter is merged as the embedded engine merges it; weights are bfloat16 on both sides.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from safetensors.torch import load_file

from model import ModelConfig
from model.weights import ModelFiles, configured_release, resolve_model_files
from model.weights.gguf_convert import LAYER_NAMES, OUTER_NAMES
from model.weights.layout import CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE
from model.weights.lora import merge_adapter

GGUF_NAMES = {hub: ours for ours, hub in (*LAYER_NAMES.items(), *OUTER_NAMES.items())}
LAYERS = "model.layers."


def export(files: ModelFiles, target: Path) -> None:
    """Write the model to ``target``."""
    folder = files.folder.path
    config = json.loads((folder / CONFIG_FILE).read_bytes())
    weights = load_file(folder / WEIGHTS_FILE)
    if files.adapter is not None:
        weights = merge_adapter(files.adapter.path, weights, torch.bfloat16)
    writer = gguf.GGUFWriter(target, "llama")
    _add_shape(writer, config, files.name)
    _add_tokenizer(writer, json.loads((folder / TOKENIZER_FILE).read_bytes()), config)
    _add_weights(writer, weights, config)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_shape(writer: gguf.GGUFWriter, config: Mapping[str, Any], name: str) -> None:
    writer.add_name(name)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_BF16)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])


def _add_tokenizer(
    writer: gguf.GGUFWriter, tokenizer: Mapping[str, Any], config: Mapping[str, Any]
) -> None:
    vocabulary: dict[str, int] = tokenizer["model"]["vocab"]
    special = {token["content"] for token in tokenizer["added_tokens"]}
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    kinds = [gguf.TokenType.CONTROL if t in special else gguf.TokenType.NORMAL for t in tokens]
    merges = [" ".join(m) if isinstance(m, list) else m for m in tokenizer["model"]["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(max(config["eos_token_id"]))
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)


def _add_weights(
    writer: gguf.GGUFWriter, weights: Mapping[str, torch.Tensor], config: Mapping[str, Any]
) -> None:
    for name, weight in weights.items():
        if name.endswith("q_proj.weight"):
            weight = _permuted(weight, config["num_attention_heads"])
        elif name.endswith("k_proj.weight"):
            weight = _permuted(weight, config["num_key_value_heads"])
        if weight.dim() == 1:
            writer.add_tensor(gguf_name(name), weight.float().numpy())
        else:
            words = weight.bfloat16().contiguous().view(torch.uint16).numpy()
            writer.add_tensor(
                gguf_name(name), words.view(np.uint8), raw_dtype=gguf.GGMLQuantizationType.BF16
            )


def gguf_name(name: str) -> str:
    """A tensor's name in GGUF for that of the model hub."""
    if not name.startswith(LAYERS):
        return GGUF_NAMES[name]
    layer, _dot, part = name.removeprefix(LAYERS).partition(".")
    return f"blk.{layer}.{GGUF_NAMES[part.removesuffix('.weight')]}.weight"


def _permuted(weight: torch.Tensor, num_heads: int) -> torch.Tensor:
    """Query or key rows in GGUF's order: each head's two halves interleaved."""
    rows, columns = weight.shape
    halves = weight.reshape(num_heads, 2, rows // num_heads // 2, columns)
    return halves.swapaxes(1, 2).reshape(rows, columns)


if __name__ == "__main__":
    config = ModelConfig()
    export(resolve_model_files(config, configured_release(config)), Path(sys.argv[1]))
