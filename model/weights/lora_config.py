"""What an adapter's ``adapter_config.json`` says, in the PEFT library's words.

Everything that changes what the model computes is either understood here or refused by its name;
a field of a later version counts as such, unless it is empty.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from model.errors import ModelFilesError
from model.weights.layout import ADAPTER_CONFIG_FILE

T = TypeVar("T")

UNDERSTOOD = frozenset(
    (
        "alpha_pattern",
        "bias",
        "init_lora_weights",
        "lora_alpha",
        "peft_type",
        "r",
        "rank_pattern",
        "trainable_token_indices",
        "use_rslora",
    )
)
OF_TRAINING_ONLY = frozenset(
    (
        "auto_mapping",
        "base_model_name_or_path",
        "ensure_weight_tying",
        "eva_config",
        "exclude_modules",
        "inference_mode",
        "layers_pattern",
        "layers_to_transform",
        "lora_dropout",
        "megatron_core",
        "peft_version",
        "qalora_group_size",
        "revision",
        "target_modules",
        "task_type",
    )
)
"""Which modules were trained, and how: the tensors that are there say what is to be merged."""

STARTS_THAT_KEEP_THE_BASE = (True, False, "gaussian", "orthogonal", "eva")
"""Ways to start a training. Others change the base weights, which the adapter then lacks."""

EMBEDDING = "embed_tokens"


@dataclass(frozen=True, slots=True)
class LoraConfig:
    """``token_rows``: for each embedding, by the last part of its name, its replaced rows."""

    rank: int
    alpha: float
    uses_rank_root: bool
    rank_pattern: Mapping[str, int]
    alpha_pattern: Mapping[str, float]
    token_rows: Mapping[str, tuple[int, ...]]

    def rank_of(self, module: str) -> int:
        return _of_pattern(self.rank_pattern, module, self.rank)

    def scale_of(self, module: str) -> float:
        """alpha / r, or alpha / sqrt(r) for a rank-stabilised adapter (arXiv 2312.03732)."""
        rank = self.rank_of(module)
        alpha = _of_pattern(self.alpha_pattern, module, self.alpha)
        return alpha / (rank**0.5 if self.uses_rank_root else rank)


def read_lora_config(folder: Path) -> LoraConfig:
    """Raises ``ModelFilesError`` for a file that is damaged or asks for what is not supported."""
    file = folder / ADAPTER_CONFIG_FILE
    try:
        values = json.loads(file.read_bytes())
        for problem in _problems(values):
            raise ModelFilesError(f"{file}: {problem}; only plain LoRA adapters can be merged")
        for pattern in (*(values.get("rank_pattern") or ()), *(values.get("alpha_pattern") or ())):
            re.compile(pattern)
        return LoraConfig(
            rank=_positive(values["r"]),
            alpha=float(values["lora_alpha"]),
            uses_rank_root=bool(values.get("use_rslora")),
            rank_pattern=MappingProxyType(dict(values.get("rank_pattern") or {})),
            alpha_pattern=MappingProxyType(dict(values.get("alpha_pattern") or {})),
            token_rows=MappingProxyType(_token_rows(values.get("trainable_token_indices"))),
        )
    except OSError:
        raise ModelFilesError(f"{file} cannot be read; put the adapter's file there") from None
    except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
        raise ModelFilesError(f"{file} describes no LoRA adapter") from error


def _problems(values: Mapping[str, Any]) -> list[str]:
    found = []
    if values["peft_type"] != "LORA":
        found.append(f"peft_type is {values['peft_type']!r}")
    if values.get("bias", "none") != "none":
        found.append("bias is trained, too")
    if values.get("init_lora_weights", True) not in STARTS_THAT_KEEP_THE_BASE:
        found.append(f"init_lora_weights {values['init_lora_weights']!r} changes the base weights")
    extra = sorted(values.keys() - UNDERSTOOD - OF_TRAINING_ONLY)
    return found + [f"{name} is set" for name in extra if values[name]]


def _positive(rank: Any) -> int:
    if not isinstance(rank, int) or rank < 1:
        raise ValueError(rank)
    return rank


def _token_rows(given: Any) -> dict[str, tuple[int, ...]]:
    if not given:
        return {}
    by_module = given if isinstance(given, dict) else {EMBEDDING: given}
    return {
        name.rpartition(".")[2]: tuple(int(row) for row in rows) for name, rows in by_module.items()
    }


def _of_pattern(patterns: Mapping[str, T], module: str, default: T) -> T:
    """The value of the first pattern that matches the end of the module's name."""
    for pattern, value in patterns.items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            return value
    return default
