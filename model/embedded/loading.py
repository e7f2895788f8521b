"""From a checked model folder to a model in memory."""

import json
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from model.bpe_tokenizer import BpeTokenizer
from model.embedded.llama import Llama, LlamaShape
from model.end_tokens import end_tokens
from model.engine import ModelInfo
from model.errors import ModelFilesError
from model.weights import ModelFiles, ModelFolder
from model.weights.layout import CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE
from model.weights.lora import merge_adapter
from model.weights.reading import reading

REMEDY = "put it there again"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model, its vocabulary, and the tokens that end an answer."""

    llama: Llama
    tokenizer: BpeTokenizer
    end_tokens: frozenset[int]
    info: ModelInfo


def load_model(
    files: ModelFiles | ModelFolder, dtype: torch.dtype, max_context_tokens: int
) -> LoadedModel:
    """Read the folder's files. Raises ``ModelFilesError`` for a model that is not understood.

    Tensors are read one by one from the mapped file. An adapter is merged into them before
    ``Llama`` puts them into the processor's layout.
    """
    folder = files.folder if isinstance(files, ModelFiles) else files
    adapter = files.adapter if isinstance(files, ModelFiles) else None
    file = folder.path / CONFIG_FILE
    try:
        with reading(file, REMEDY):
            config = json.loads(file.read_bytes())
        shape = read_shape(config, max_context_tokens)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelFilesError(f"{file} describes no Llama model that is supported") from error
    tokenizer = BpeTokenizer(folder.path / TOKENIZER_FILE)
    file = folder.path / WEIGHTS_FILE
    try:
        with reading(file, REMEDY), safe_open(file, framework="pt") as tensors:
            weights = {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118 it is no mapping
            if adapter is not None:
                weights = merge_adapter(adapter.path, weights, dtype)
            llama = Llama(shape, weights, dtype)
    except (SafetensorError, KeyError) as error:
        raise ModelFilesError(f"{file} does not hold the tensors that it should") from error
    return LoadedModel(
        llama=llama,
        tokenizer=tokenizer,
        end_tokens=end_tokens(config, tokenizer),
        info=ModelInfo(files.name, files.version, shape.max_positions),
    )


def read_shape(config: dict[str, Any], max_context_tokens: int) -> LlamaShape:
    """The shape in a hub ``config.json``. Raises ``ValueError`` for what ``Llama`` cannot do."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if config["model_type"] != "llama" or rope.get("rope_type", "default") != "default":
        raise ValueError(config["model_type"])
    num_heads = config["num_attention_heads"]
    return LlamaShape(
        num_layers=config["num_hidden_layers"],
        num_heads=num_heads,
        num_kv_heads=config["num_key_value_heads"],
        head_size=config.get("head_dim") or config["hidden_size"] // num_heads,
        norm_epsilon=config["rms_norm_eps"],
        rope_theta=config.get("rope_theta") or rope["rope_theta"],
        max_positions=min(config["max_position_embeddings"], max_context_tokens),
    )


def choose_dtype(precision: str) -> torch.dtype:
    """``auto``: bfloat16 where the processor multiplies in it, which is exact enough and faster."""
    if precision != "auto":
        return torch.float32 if precision == "float32" else torch.bfloat16
    has_bfloat16 = any(
        value and name.endswith("bf16") for name, value in torch.cpu.get_capabilities().items()
    )
    return torch.bfloat16 if has_bfloat16 else torch.float32
