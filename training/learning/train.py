"""Train on packed rows: ``python -m training.learning.train PACKED -o OUT --model BASE``.

One process uses one device. Several devices of one machine (DDP)::

    accelerate launch --config_file training/learning/accelerate/ddp.yaml \\
        -m training.learning.train PACKED -o OUT --model BASE

A model too large for one device (FSDP: weights, gradients and optimizer state are sharded)::

    accelerate launch --config_file training/learning/accelerate/fsdp.yaml \\
        -m training.learning.train PACKED -o OUT --model BASE --tuning full

``--num_processes`` before ``-m`` says how many devices. ``tokens_per_step`` is for all devices
together, so a run's steps mean the same on one device and on eight.

Run again after a kill, with the same parameters, it goes on from the newest whole checkpoint in
``OUT.work`` and comes to the same weights. ``OUT`` appears when all is done.
"""

import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from model.threads import limit_spinning
from training.errors import RunError, TrainingError
from training.learning.arguments import parsed
from training.learning.packed_rows import PackedManifest, PackedRows, read_manifest, read_split
from training.learning.settings import TrainConfig

SETTINGS_FILE = "settings.json"


def train(packed: Path, out: Path, config: TrainConfig) -> Path:
    """Train as ``config`` says and answer ``out``. Raises ``RunError``."""
    limit_spinning()
    from training.learning.run import TrainingRun  # loads torch

    manifest = read_manifest(packed)
    if out.exists():
        raise RunError(f"{out} exists already; name another folder or remove it")
    work = out.with_name(f"{out.name}.work")
    _claim(work, config, manifest)
    rows = _rows(packed, manifest, config)
    run = TrainingRun(config, manifest, rows, work)
    figures = run.train()
    finished = run.finish(figures)
    if run.is_first_process:
        os.replace(finished, out)
        shutil.rmtree(work)
    run.wait_for_all()
    return out


def _rows(
    packed: Path, manifest: PackedManifest, config: TrainConfig
) -> tuple[PackedRows, PackedRows | None]:
    for_training = manifest.splits.get(config.train_split)
    if for_training is None:
        found = ", ".join(manifest.splits) or "none"
        raise RunError(f"{packed} has no split {config.train_split!r}; it has: {found}")
    for_evaluation = manifest.splits.get(config.eval_split)
    longest = max(s.max_length for s in (for_training, for_evaluation) if s is not None)
    if longest > config.pack_length:
        raise RunError(f"the longest row has {longest} tokens: set pack_length to that or more")
    if for_evaluation is None:
        return read_split(packed, for_training), None
    rows = read_split(packed, for_evaluation, config.max_eval_rows)
    return read_split(packed, for_training), rows


def _claim(work: Path, config: TrainConfig, manifest: PackedManifest) -> None:
    """Make the work folder; what lies in it must come from the same parameters and data."""
    settings = {
        "parameters": config.model_dump(mode="json"),
        "data": manifest.model_dump(mode="json"),
    }
    file = work / SETTINGS_FILE
    if file.is_file():
        if json.loads(file.read_text()) != json.loads(json.dumps(settings)):
            raise RunError(f"{work} holds a run with other parameters or data; remove it first")
        return
    work.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(settings, indent=2) + "\n")
    os.replace(unfinished, file)


def main(arguments: Sequence[str]) -> int:
    """The command line. Answers the exit code."""
    try:
        packed, out, config = parsed(arguments)
        train(packed, out, config)
    except TrainingError as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
