"""What a finished run leaves: weights in bfloat16, the curve, and how they came to be."""

import json
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from training.learning.packed_rows import PackedManifest
from training.learning.settings import TrainConfig

RESULT_FILE = "training.json"
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")
MODEL_FILES = ("config.json", "generation_config.json", "model.safetensors")
LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "safetensors")


def keep_weights(saved: Path, out: Path, config: TrainConfig) -> None:
    """Copy from ``saved``, where a trainer left its model, what a loader needs.

    Floating-point weights become bfloat16, and an adapter names its base instead of a path.
    """
    for name in ADAPTER_FILES if config.tuning == "lora" else MODEL_FILES:
        source = saved / name
        if not source.is_file():
            continue
        if source.suffix == ".safetensors":
            weights = {key: _rounded(value) for key, value in load_file(source).items()}
            save_file(weights, out / name, metadata={"format": "pt"})
            (out / name).chmod(0o644)
        else:
            values = json.loads(source.read_text())
            if "base_model_name_or_path" in values:
                values["base_model_name_or_path"] = config.model.name
            if "dtype" in values:
                values["dtype"] = "bfloat16"
            (out / name).write_text(json.dumps(values, indent=2, sort_keys=True) + "\n")
    if config.tuning == "full":
        shutil.copy(config.model / "tokenizer.json", out / "tokenizer.json")


def write_result(
    out: Path,
    config: TrainConfig,
    manifest: PackedManifest,
    metrics: list[dict[str, Any]],
    figures: dict[str, Any],
) -> None:
    """``training.json``: parameters, data, versions, figures."""
    parameters = config.model_dump(mode="json")
    for name in ("model", "adapter"):
        if parameters[name] is not None:
            parameters[name] = Path(parameters[name]).name
    result = {
        "parameters": parameters,
        "data": manifest.model_dump(mode="json"),
        **figures,
        "final_loss": _last(metrics, "loss"),
        "final_eval_loss": _last(metrics, "eval_loss"),
        "libraries": {"python": platform.python_version(), **_versions()},
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
    }
    (out / RESULT_FILE).write_text(json.dumps(result, indent=2) + "\n")


def _rounded(value: torch.Tensor) -> torch.Tensor:
    return value.to(torch.bfloat16) if value.is_floating_point() else value


def _last(metrics: list[dict[str, Any]], name: str) -> float | None:
    values = [line[name] for line in metrics if name in line]
    return values[-1] if values else None


def _versions() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
