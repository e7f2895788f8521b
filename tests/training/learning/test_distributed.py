"""Two processes come to the weights that one comes to; and the configurations that are shipped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

import training.learning
from tests.training.learning import small
from training.learning.train import train

CONFIGS = Path(training.learning.__file__).parent / "accelerate"


@pytest.mark.parametrize("launcher", ["ddp", "fsdp"])
def test_two_processes_come_to_the_same_weights(tmp_path: Path, launcher: str) -> None:
    packed, model = small.packed(tmp_path, small.rows(24))
    config = small.config(model, max_steps=3)
    parameters = tmp_path / "parameters.json"
    parameters.write_text(config.model_dump_json())
    alone = train(packed, tmp_path / "alone", config)
    options = [str(packed), "-o", str(tmp_path / "two"), "--config", str(parameters)]
    subprocess.run(
        [*_launch(launcher, tmp_path), "-m", "training.learning.train", *options],
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
    )
    wanted = load_file(alone / "adapter_model.safetensors")
    found = load_file(tmp_path / "two" / "adapter_model.safetensors")
    assert found.keys() == wanted.keys()
    for name, value in found.items():
        torch.testing.assert_close(value, wanted[name], rtol=0.02, atol=1e-3)


def _launch(launcher: str, folder: Path) -> list[str]:
    if launcher == "ddp":
        return [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2"]
    shipped = yaml.safe_load((CONFIGS / "fsdp.yaml").read_text())
    file = folder / "fsdp.yaml"
    file.write_text(yaml.safe_dump(shipped | {"use_cpu": True, "num_processes": 2}))
    return [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(file)]
