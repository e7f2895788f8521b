"""Adapters for the tiny model, made by the PEFT library with random weights."""

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import LlamaForCausalLM

ALL_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def write_tiny_adapter(
    base: Path, folder: Path, seed: int = 0, dtype: torch.dtype = torch.float32, **changes: Any
) -> Path:
    """Write an adapter of all linear layers for ``base``; ``changes`` go into its configuration.

    Its weights are large enough to change what the model says.
    """
    options: dict[str, Any] = {"r": 4, "lora_alpha": 8, "target_modules": list(ALL_TARGETS)}
    model = get_peft_model(_base(base), LoraConfig(task_type="CAUSAL_LM", **options | changes))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name or "trainable_tokens_delta" in name:
                size = 1.0 if "trainable_tokens" in name else 0.15
                random = torch.randn(parameter.shape, generator=generator) * size
                parameter.copy_(random.to(dtype))
    if dtype != torch.float32:
        model.to(dtype)
    model.save_pretrained(str(folder))
    return folder


def adapted_logits(base: Path, adapter: Path, tokens: list[int]) -> torch.Tensor:
    """Logits of all ``tokens`` by transformers and PEFT, the adapter beside the weights."""
    model = PeftModel.from_pretrained(_base(base), str(adapter)).eval()
    with torch.inference_mode():
        logits: torch.Tensor = model(torch.tensor([tokens])).logits[0]
    return logits


def _base(folder: Path) -> Any:
    return LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
