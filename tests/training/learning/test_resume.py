"""A run that was killed goes on and comes to the same weights."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.learning import small
from training.errors import RunError
from training.learning.checkpoints import WHOLE_FILE, newest_whole_checkpoint, seconds_at
from training.learning.tracking import METRICS_FILE, read_metrics
from training.learning.train import train

STEPS = 24


def test_a_killed_run_comes_to_the_same_weights(tmp_path: Path) -> None:
    packed, model = small.packed(tmp_path, small.rows())
    config = small.config(model, max_steps=STEPS, lora_dropout=0.1)
    undisturbed = train(packed, tmp_path / "undisturbed", config)
    parameters = tmp_path / "parameters.json"
    parameters.write_text(config.model_dump_json())
    _kill_after_checkpoint(packed, tmp_path / "killed", parameters)
    assert not (tmp_path / "killed").exists()
    before = read_metrics(tmp_path / "killed.work" / METRICS_FILE)[:4]
    resumed = train(packed, tmp_path / "killed", config)
    wanted = load_file(undisturbed / "adapter_model.safetensors")
    for name, value in load_file(resumed / "adapter_model.safetensors").items():
        torch.testing.assert_close(value, wanted[name], rtol=1e-3, atol=1e-5)
    assert read_metrics(resumed / METRICS_FILE)[:4] == before
    assert _steps(resumed) == _steps(undisturbed)


def test_other_parameters_do_not_go_on_with_a_run(tmp_path: Path) -> None:
    packed, model = small.packed(tmp_path, small.rows())
    work = tmp_path / "out.work"
    with pytest.raises(RunError, match="no model"):
        train(packed, tmp_path / "out", small.config(tmp_path / "absent"))
    assert work.is_dir()
    with pytest.raises(RunError, match="other parameters or data"):
        train(packed, tmp_path / "out", small.config(model))


def test_the_newest_whole_checkpoint_is_chosen(tmp_path: Path) -> None:
    for name, is_whole in (("9", True), ("10", True), ("11", False)):
        folder = tmp_path / f"checkpoint-{name}"
        folder.mkdir()
        if is_whole:
            (folder / WHOLE_FILE).write_text('{"seconds": 1.5}')
    found = newest_whole_checkpoint(tmp_path)
    assert found == tmp_path / "checkpoint-10"
    assert found is not None
    assert seconds_at(found) == 1.5
    assert newest_whole_checkpoint(tmp_path / "checkpoint-9") is None


def _kill_after_checkpoint(packed: Path, out: Path, parameters: Path) -> None:
    command = [sys.executable, "-m", "training.learning.train", str(packed), "-o", str(out)]
    process = subprocess.Popen(
        [*command, "--config", str(parameters)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        while newest_whole_checkpoint(out.with_name(f"{out.name}.work")) is None:
            assert process.poll() is None
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _steps(out: Path) -> list[int]:
    return [line["step"] for line in read_metrics(out / METRICS_FILE)]
