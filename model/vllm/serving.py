"""What vLLM is given to serve: a whole model on disk, and what we know of it ourselves."""

from dataclasses import dataclass

import torch

from model.config import ModelConfig
from model.vllm.arguments import ServedFolder
from model.vocabulary import Vocabulary, vocabulary_of
from model.weights import Release, resolve_model_files
from model.weights.merged import whole_folder
from model.weights.resolve import default_cache_dir


@dataclass(frozen=True, slots=True)
class Serving:
    """A folder for vLLM, and the model's vocabulary."""

    folder: ServedFolder
    vocabulary: Vocabulary


def serving(model: ModelConfig, release: Release | None) -> Serving:
    """Prepare what ``model`` names. Raises ``ModelFilesError``."""
    files = resolve_model_files(model, release)
    dtype = torch.float32 if model.precision == "float32" else torch.bfloat16
    path = whole_folder(files, model.cache_dir or default_cache_dir(), dtype)
    vocabulary = vocabulary_of(files, model.max_context_tokens)
    folder = ServedFolder(str(path), files.name, vocabulary.max_context_tokens)
    return Serving(folder, vocabulary)
