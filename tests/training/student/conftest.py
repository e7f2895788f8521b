"""Students on a tiny random model, and the real one behind the marker ``model``."""

import sys
from pathlib import Path

import pytest
import torch

from model.weights import obtain
from model.weights.resolve import default_cache_dir
from tests.model.tiny import write_tiny_model


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """Tiny products are slower on several threads."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def real_folder() -> Path:
    return obtain(default_cache_dir(), report=lambda line: print(line, file=sys.stderr))
