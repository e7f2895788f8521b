"""What is known of a model that another process computes: vocabulary, end tokens, limits."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model.bpe_tokenizer import BpeTokenizer
from model.config import ModelConfig
from model.end_tokens import end_tokens
from model.weights import ModelFiles, Release, resolve_model_files
from model.weights.layout import CONFIG_FILE, TOKENIZER_FILE


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Read from a model's folder; ``name`` and ``version`` are those of the release or model."""

    tokenizer: BpeTokenizer
    end_tokens: frozenset[int]
    max_context_tokens: int
    name: str
    version: str

    def ends_of(self, stop: Sequence[str]) -> frozenset[int]:
        """Tokens that end an answer: the model's, and stop strings that are one special token.

        An engine that ends at a token by itself tells what the answer has cost.
        """
        stops = (self.tokenizer.special_id(text) for text in stop)
        return self.end_tokens | {token for token in stops if token is not None}


def read_vocabulary(model: ModelConfig, release: Release | None) -> Vocabulary:
    """Of the model that ``model`` names. Raises ``ModelFilesError``."""
    return vocabulary_of(resolve_model_files(model, release), model.max_context_tokens)


def vocabulary_of(files: ModelFiles, max_context_tokens: int) -> Vocabulary:
    """Of checked files; the context no longer than asked."""
    folder: Path = files.folder.path
    config = json.loads((folder / CONFIG_FILE).read_bytes())
    tokenizer = BpeTokenizer(folder / TOKENIZER_FILE)
    return Vocabulary(
        tokenizer=tokenizer,
        end_tokens=end_tokens(config, tokenizer),
        max_context_tokens=min(config["max_position_embeddings"], max_context_tokens),
        name=files.name,
        version=files.version,
    )
