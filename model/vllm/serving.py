"""What vLLM is given to serve: a whole model on disk, and what we know of it ourselves."""

import json
from dataclasses import dataclass

import torch

from model.bpe_tokenizer import BpeTokenizer
from model.config import ModelConfig
from model.end_tokens import end_tokens
from model.engine import ModelInfo
from model.vllm.arguments import ServedFolder
from model.weights import Release, resolve_model_files
from model.weights.layout import CONFIG_FILE, TOKENIZER_FILE
from model.weights.merged import whole_folder
from model.weights.resolve import default_cache_dir


@dataclass(frozen=True, slots=True)
class Serving:
    """A folder for vLLM, and the model's vocabulary, end tokens and limits."""

    folder: ServedFolder
    tokenizer: BpeTokenizer
    end_tokens: frozenset[int]
    info: ModelInfo


def serving(model: ModelConfig, release: Release | None) -> Serving:
    """Prepare what ``model`` names. Raises ``ModelFilesError``."""
    files = resolve_model_files(model, release)
    dtype = torch.float32 if model.precision == "float32" else torch.bfloat16
    path = whole_folder(files, model.cache_dir or default_cache_dir(), dtype)
    config = json.loads((path / CONFIG_FILE).read_bytes())
    tokenizer = BpeTokenizer(path / TOKENIZER_FILE)
    limit = min(config["max_position_embeddings"], model.max_context_tokens)
    return Serving(
        folder=ServedFolder(str(path), files.name, limit),
        tokenizer=tokenizer,
        end_tokens=end_tokens(config, tokenizer),
        info=ModelInfo(files.name, files.version, limit),
    )
