"""Merged adapters against the PEFT library, and adapters that must be refused."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from model import ModelFilesError
from model.embedded.loading import load_model
from model.weights import ModelFiles, open_model_folder
from model.weights.served import open_adapter_folder
from tests.model.test_llama import read, reference_logits, some_tokens
from tests.model.tiny import write_tiny_model
from tests.model.tiny_adapter import adapted_logits, write_tiny_adapter

TOKENS = some_tokens(60)
WEIGHTS = "adapter_model.safetensors"


def merged_logits(base: Path, adapter: Path) -> torch.Tensor:
    files = ModelFiles(open_model_folder(base), open_adapter_folder(adapter))
    return read(load_model(files, torch.float32, 1024).llama, TOKENS, 60)[0]


@pytest.fixture(scope="module")
def tied_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model whose head is its embedding, as SmolLM2's is."""
    folder = write_tiny_model(tmp_path_factory.mktemp("tied"), tie_word_embeddings=True)
    weights = load_file(folder / "model.safetensors")
    del weights["lm_head.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return folder


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"target_modules": ["q_proj", "v_proj"], "r": 8, "lora_alpha": 4},
        {"target_modules": r".*\.1\.mlp\.(up|down)_proj"},
        {"use_rslora": True},
        {"rank_pattern": {"mlp.down_proj": 2}, "alpha_pattern": {r"layers\.1\..*v_proj": 32}},
        {"layers_to_transform": [1], "lora_dropout": 0.3},
        {"init_lora_weights": "gaussian"},
    ],
    ids=["all", "some", "regex", "rslora", "patterns", "one-layer", "gaussian"],
)
def test_logits_equal_the_reference(
    tiny_folder: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    adapter = write_tiny_adapter(tiny_folder, tmp_path / "adapter", **options)
    wanted = adapted_logits(tiny_folder, adapter, TOKENS)
    logits = merged_logits(tiny_folder, adapter)
    torch.testing.assert_close(logits, wanted, rtol=1e-3, atol=5e-3)
    bare = reference_logits(tiny_folder, TOKENS)
    assert (wanted - bare).abs().max() > 0.5, "the adapter must change something"


def test_an_adapter_in_bfloat16_is_merged_exactly(tiny_folder: Path, tmp_path: Path) -> None:
    adapter = write_tiny_adapter(tiny_folder, tmp_path, dtype=torch.bfloat16)
    assert {tensor.dtype for tensor in load_file(adapter / WEIGHTS).values()} == {torch.bfloat16}
    wanted = adapted_logits(tiny_folder, adapter, TOKENS)
    logits = merged_logits(tiny_folder, adapter)
    torch.testing.assert_close(logits, wanted, rtol=1e-3, atol=5e-3)


@pytest.mark.parametrize("is_tied", [True, False])
def test_trained_token_rows_replace_those_of_the_embedding(
    tiny_folder: Path, tied_folder: Path, tmp_path: Path, is_tied: bool
) -> None:
    base = tied_folder if is_tied else tiny_folder
    rows = [TOKENS[5], TOKENS[0], TOKENS[9]]
    adapter = write_tiny_adapter(base, tmp_path, trainable_token_indices=rows)
    wanted = adapted_logits(base, adapter, TOKENS)
    torch.testing.assert_close(merged_logits(base, adapter), wanted, rtol=1e-3, atol=5e-3)
    without = write_tiny_adapter(base, tmp_path / "without")
    assert (adapted_logits(base, without, TOKENS) - wanted).abs().max() > 0.5


def test_weights_are_rounded_once_to_what_is_computed_in(tiny_folder: Path, tmp_path: Path) -> None:
    adapter = open_adapter_folder(write_tiny_adapter(tiny_folder, tmp_path))
    files = ModelFiles(open_model_folder(tiny_folder), adapter)
    rounded, _ = read(load_model(files, torch.bfloat16, 1024).llama, TOKENS, 60)
    wanted = adapted_logits(tiny_folder, adapter.path, TOKENS)
    error = (rounded.log_softmax(-1) - wanted.log_softmax(-1)).abs()
    assert error.median() < 0.15


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"peft_type": "IA3"}, "peft_type is 'IA3'"),
        ({"bias": "all"}, "bias is trained"),
        ({"use_dora": True}, "use_dora is set"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save is set"),
        ({"fan_in_fan_out": True}, "fan_in_fan_out is set"),
        ({"init_lora_weights": "pissa"}, "changes the base weights"),
        ({"something_of_next_year": 3}, "something_of_next_year is set"),
        ({"r": 0}, "describes no LoRA adapter"),
        ({"lora_alpha": "much"}, "describes no LoRA adapter"),
        ({"rank_pattern": {"(": 3}}, "describes no LoRA adapter"),
        ({"r": 5}, "another rank"),
        ({"trainable_token_indices": [1]}, "another rank|token rows|does not fit"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(
    tiny_folder: Path, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    adapter = write_tiny_adapter(tiny_folder, tmp_path, trainable_token_indices=[1, 2])
    file = adapter / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    with pytest.raises(ModelFilesError, match=said) as caught:
        merged_logits(tiny_folder, adapter)
    assert str(adapter) in str(caught.value)


PROJECTION = "base_model.model.model.layers.0.mlp.up_proj.lora_"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({PROJECTION + "B.weight": None}, "lacks its B matrix"),
        ({PROJECTION + "A.weight": None}, "is no part of a plain LoRA adapter"),
        ({PROJECTION + "B.weight": torch.zeros(7, 4)}, "another shape"),
        ({PROJECTION + "A.weight": torch.zeros(4, 7)}, "another shape"),
        ({"base_model.model.lm_head.weight": torch.zeros(2, 2)}, "lm_head.weight is no part"),
        (
            {
                "base_model.model.model.layers.9.mlp.up_proj.lora_A.weight": torch.zeros(4, 64),
                "base_model.model.model.layers.9.mlp.up_proj.lora_B.weight": torch.zeros(96, 4),
            },
            r"the model has no model\.layers\.9\.mlp\.up_proj",
        ),
    ],
)
def test_tensors_that_do_not_fit_are_refused(
    tiny_folder: Path, tmp_path: Path, changes: dict[str, torch.Tensor | None], said: str
) -> None:
    adapter = write_tiny_adapter(tiny_folder, tmp_path)
    tensors = load_file(adapter / WEIGHTS) | changes
    kept = {name: tensor for name, tensor in tensors.items() if tensor is not None}
    save_file(kept, adapter / WEIGHTS)
    with pytest.raises(ModelFilesError, match=f"{WEIGHTS} does not fit the model: .*{said}"):
        merged_logits(tiny_folder, adapter)


def test_an_empty_adapter_is_refused(tiny_folder: Path, tmp_path: Path) -> None:
    adapter = write_tiny_adapter(tiny_folder, tmp_path)
    save_file({}, adapter / WEIGHTS)
    with pytest.raises(ModelFilesError, match="it holds no tensor"):
        merged_logits(tiny_folder, adapter)


def test_a_cut_or_missing_file_is_named(tiny_folder: Path, tmp_path: Path) -> None:
    adapter = write_tiny_adapter(tiny_folder, tmp_path)
    whole = (adapter / WEIGHTS).read_bytes()
    (adapter / WEIGHTS).write_bytes(whole[:-9])
    with pytest.raises(ModelFilesError, match=f"{WEIGHTS} is missing or damaged"):
        merged_logits(tiny_folder, adapter)
    (adapter / WEIGHTS).unlink()
    with pytest.raises(ModelFilesError, match=f"{WEIGHTS} is missing; .*FORETYPE_MODEL_ADAPTER"):
        merged_logits(tiny_folder, adapter)
