"""From settings to an engine. Each kind imports what it needs only when it is built."""

from model.adapter_engine import AdapterEngine, TakesAdapters
from model.config import ModelConfig
from model.engine import Engine
from model.fake_engine import FakeEngine
from model.remote.config import RemoteConfig
from model.threads import limit_spinning
from model.vllm.config import VllmConfig
from model.weights import configured_release, open_release
from model.weights.release import find_release


def build_engine(
    config: ModelConfig, vllm: VllmConfig | None = None, remote: RemoteConfig | None = None
) -> Engine:
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
        case "remote":
            from model.remote.engine import RemoteEngine

            return RemoteEngine(config, remote or RemoteConfig())
        case "fake":
            return FakeEngine(max_context_tokens=config.max_context_tokens)


def build_beside(base: Engine, config: ModelConfig, release: str) -> Engine:
    """The engine of a release, beside the ``base`` that was built of ``config``. Not yet started.

    It is ``base`` itself if that serves this very release. Raises ``ModelFilesError``.
    """
    if config.engine == "fake":
        return FakeEngine(max_context_tokens=config.max_context_tokens, version=release)
    wanted, served = open_release(find_release(release)), configured_release(config)
    if served is not None and served.record == wanted.record:
        return base
    if isinstance(base, TakesAdapters):
        return AdapterEngine(base, wanted, config)
    return build_engine(config.model_copy(update={"release": release, "adapter": None}))
