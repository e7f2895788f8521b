"""From settings to an engine. Each kind imports what it needs only when it is built."""

from model.config import ModelConfig
from model.engine import Engine
from model.threads import limit_spinning
from model.vllm.config import VllmConfig


def build_engine(config: ModelConfig, vllm: VllmConfig | None = None) -> Engine:
    """The engine that ``config`` names, not yet started."""
    match config.engine:
        case "embedded":
            limit_spinning()
            from model.embedded.engine import EmbeddedEngine

            return EmbeddedEngine(config)
        case "vllm":
            limit_spinning()
            from model.vllm.engine import VllmEngine

            return VllmEngine(config, vllm or VllmConfig())
        case "fake":
            from model.fake_engine import FakeEngine

            return FakeEngine(max_context_tokens=config.max_context_tokens)
