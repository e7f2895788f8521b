"""Engines: tokens in, a cancellable stream of text out. Importing this loads no torch."""

from model.byte_tokenizer import ByteTokenizer
from model.config import ModelConfig
from model.engine import (
    Chunk,
    Completion,
    DraftSources,
    Engine,
    FinishReason,
    GenerationRequest,
    GenerationStats,
    ModelCard,
    ModelInfo,
    Phase,
    Sampling,
)
from model.engines import BuildRelease, Engines
from model.errors import (
    EngineError,
    EngineOverloaded,
    EngineUnavailable,
    ModelFilesError,
    PromptTooLong,
    UnencodableText,
)
from model.factory import build_beside, build_engine
from model.fake_engine import FakeAnswer, FakeEngine, FakePace
from model.remote.config import RemoteConfig
from model.token_healing import num_open_tokens
from model.tokenizer import Tokenizer
from model.vllm.command import vllm_command
from model.vllm.config import VllmConfig

__all__ = [
    "BuildRelease",
    "ByteTokenizer",
    "Chunk",
    "Completion",
    "DraftSources",
    "Engine",
    "EngineError",
    "EngineOverloaded",
    "EngineUnavailable",
    "Engines",
    "FakeAnswer",
    "FakeEngine",
    "FakePace",
    "FinishReason",
    "GenerationRequest",
    "GenerationStats",
    "ModelCard",
    "ModelConfig",
    "ModelFilesError",
    "ModelInfo",
    "Phase",
    "PromptTooLong",
    "RemoteConfig",
    "Sampling",
    "Tokenizer",
    "UnencodableText",
    "VllmConfig",
    "build_beside",
    "build_engine",
    "num_open_tokens",
    "vllm_command",
]
