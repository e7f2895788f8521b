"""The shape of the tree: names, imports, sizes."""

import importlib
import statistics
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "eventlog",
    "model",
    "prediction",
    "prompt_format",
    "quality",
    "rollout",
    "server",
    "training",
)


def test_no_installed_distribution_owns_our_names() -> None:
    assert not set(PACKAGES) & set(packages_distributions())


@pytest.mark.parametrize("package", ["model", "prediction", "prompt_format", "quality", "rollout"])
def test_public_names_exist(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__doc__
    assert len(module.__all__) == len(set(module.__all__))
    assert all(hasattr(module, name) for name in module.__all__)


def test_files_stay_small() -> None:
    sizes = [
        len(file.read_text().splitlines())
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        if file.name != "__init__.py"
    ]
    assert statistics.median(sizes) <= 120
    assert max(sizes) <= 300


def test_a_server_without_a_model_loads_no_inference_library() -> None:
    code = (
        "import sys; import server.app; from model import *;"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'vllm')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
