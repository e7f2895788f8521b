"""Merges a LoRA adapter into a model's weights while they are loaded: nothing per token remains.

A low-rank adapter (arXiv 2106.09685) adds ``scale * B @ A`` to a weight of shape (out, in), with
``A`` of shape (rank, in) and ``B`` of shape (out, rank). Trained token rows replace rows of an
embedding. The sum is made in float32 whatever the files hold, and rounded once.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from model.errors import ModelFilesError
from model.weights.layout import ADAPTER_WEIGHTS_FILE
from model.weights.lora_config import LoraConfig, read_lora_config

PREFIX = "base_model.model."
A, B = ".lora_A.weight", ".lora_B.weight"
TOKENS = ".token_adapter.trainable_tokens_delta"


def merge_adapter(
    folder: Path, weights: Mapping[str, Tensor], dtype: torch.dtype
) -> dict[str, Tensor]:
    """``weights``, those that the adapter changes replaced by their merged values in ``dtype``.

    Raises ``ModelFilesError`` for an adapter that is damaged, is for another model, or holds a
    tensor that is not understood: nothing of an adapter is ever left out.
    """
    config = read_lora_config(folder)
    file = folder / ADAPTER_WEIGHTS_FILE
    try:
        with safe_open(file, framework="pt") as tensors:
            names = list(tensors.keys())
            parts = {name: tensors.get_tensor(name).float() for name in names}
        merged = dict(_merged(config, parts, weights, dtype))
    except (SafetensorError, OSError) as error:
        raise ModelFilesError(f"{file} is missing or damaged; put it there again") from error
    except _Misfit as error:
        raise ModelFilesError(f"{file} does not fit the model: {error}") from None
    return {**weights, **merged}


class _Misfit(Exception):
    """What is wrong with the adapter's tensors."""


def _merged(
    config: LoraConfig,
    parts: dict[str, Tensor],
    weights: Mapping[str, Tensor],
    dtype: torch.dtype,
) -> Iterator[tuple[str, Tensor]]:
    """Takes the tensors out of ``parts``; one that stays is not understood."""
    if not parts:
        raise _Misfit("it holds no tensor")
    for name in [name for name in parts if name.endswith(A)]:
        module = name.removeprefix(PREFIX).removesuffix(A)
        down, up = parts.pop(name), parts.pop(PREFIX + module + B, None)
        weight = _weight(weights, module)
        if up is None or down.shape[0] != config.rank_of(module):
            raise _Misfit(f"{module} lacks its B matrix or has another rank than its configuration")
        if (up.shape[0], down.shape[1]) != weight.shape or up.shape[1] != down.shape[0]:
            raise _Misfit(f"{module} has another shape than the model's")
        change = (up @ down).mul_(config.scale_of(module))
        yield f"{module}.weight", change.add_(weight.float()).to(dtype)
    for name in [name for name in parts if name.endswith(TOKENS)]:
        module = name.removeprefix(PREFIX).removesuffix(TOKENS)
        yield f"{module}.weight", _with_rows(config, module, parts.pop(name), weights, dtype)
    if parts:
        raise _Misfit(f"{min(parts)} is no part of a plain LoRA adapter")


def _with_rows(
    config: LoraConfig,
    module: str,
    rows: Tensor,
    weights: Mapping[str, Tensor],
    dtype: torch.dtype,
) -> Tensor:
    weight = _weight(weights, module)
    places = config.token_rows.get(module.rpartition(".")[2], ())
    if rows.shape != (len(places), weight.shape[1]):
        raise _Misfit(f"{module} has other token rows than its configuration names")
    if any(not 0 <= place < weight.shape[0] for place in places):
        raise _Misfit(f"{module} has no such token rows")
    changed = weight.to(dtype, copy=True)
    changed[list(places)] = rows.to(dtype)
    return changed


def _weight(weights: Mapping[str, Tensor], module: str) -> Tensor:
    weight = weights.get(f"{module}.weight")
    if weight is None or weight.dim() != 2:
        raise _Misfit(f"the model has no {module}")
    return weight
