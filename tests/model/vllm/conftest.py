"""A real vLLM engine on the CPU with the default model, started once for all tests."""

from pathlib import Path

import pytest

from model import ModelConfig, VllmConfig


def small(**changes: object) -> VllmConfig:
    """Settings for two cores."""
    values = {
        "enforce_eager": True,
        "max_num_seqs": 4,
        "max_num_batched_tokens": 512,
        "num_draft_tokens": 16,
    }
    return VllmConfig.model_validate(values | changes)


@pytest.fixture(scope="session")
def model_config(real_folder: Path) -> ModelConfig:
    return ModelConfig(engine="vllm", path=real_folder, max_context_tokens=2048)


@pytest.fixture
def adapter(real_folder: Path, tmp_path: Path) -> Path:
    """An adapter with random weights."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(real_folder)
    config = LoraConfig(r=8, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    get_peft_model(model, config).save_pretrained(str(tmp_path))
    return tmp_path
