"""From settings to an engine. Each kind imports what it needs only when it is built."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from model.config import ModelConfig
from model.engine import Engine
from model.threads import limit_spinning


def _embedded(config: ModelConfig) -> Engine:
    limit_spinning()
    from model.embedded.engine import EmbeddedEngine

    return EmbeddedEngine(config)


def _fake(config: ModelConfig) -> Engine:
    from model.fake_engine import FakeEngine

    return FakeEngine(max_context_tokens=config.max_context_tokens)


ENGINES: Mapping[str, Callable[[ModelConfig], Engine]] = MappingProxyType(
    {"embedded": _embedded, "fake": _fake}
)


def build_engine(config: ModelConfig) -> Engine:
    """The engine that ``config`` names, not yet started."""
    return ENGINES[config.engine](config)
