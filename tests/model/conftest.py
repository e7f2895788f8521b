"""Models for the tests: a tiny random one for most, the real one behind the marker ``model``."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import torch

from model import ModelConfig
from model.embedded.engine import EmbeddedEngine
from model.embedded.loading import LoadedModel, load_model
from model.weights import obtain, open_model_folder
from model.weights.resolve import default_cache_dir
from tests.model.tiny import write_tiny_model

StartEngine = Callable[..., Awaitable[EmbeddedEngine]]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """Tiny products are slower on several threads, much slower when the machine is busy."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> LoadedModel:
    return load_model(open_model_folder(tiny_folder), torch.float32, 1024)


@pytest.fixture(scope="session")
def real_folder() -> Path:
    """The default model, obtained once for all test runs."""
    return obtain(default_cache_dir(), report=lambda line: print(line, file=sys.stderr))


@pytest.fixture
async def start_engine(tiny_folder: Path) -> AsyncIterator[StartEngine]:
    """Start engines on the tiny model, in float32 so that answers are exactly reproducible."""
    started: list[EmbeddedEngine] = []

    async def start(**settings: object) -> EmbeddedEngine:
        defaults = {"path": tiny_folder, "precision": "float32", "num_threads": 1}
        values = {**defaults, **settings}
        engine = EmbeddedEngine(ModelConfig.model_validate(values))
        started.append(engine)
        await engine.start()
        return engine

    yield start
    for engine in started:
        await engine.stop()
