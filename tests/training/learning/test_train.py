"""Whole runs on a small model: what they learn, what they leave, how they end."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from tests.model.tiny import write_tiny_model
from tests.training.learning import small
from training.errors import RunError
from training.learning.packed_rows import read_manifest, read_split
from training.learning.train import train

REJECTED = "zz" + small.END


def test_a_run_learns_and_leaves_a_loadable_adapter(tmp_path: Path) -> None:
    packed, model = small.packed(tmp_path, small.rows())
    out = train(packed, tmp_path / "out", small.config(model))
    metrics = _metrics(out)
    evaluations = [line["eval_loss"] for line in metrics if "eval_loss" in line]
    assert evaluations[-1] < evaluations[0] < metrics[0]["loss"]
    weights = load_file(out / "adapter_model.safetensors")
    assert {value.dtype for value in weights.values()} == {torch.bfloat16}
    base = AutoModelForCausalLM.from_pretrained(model)
    before = _eval_loss(base, packed)
    assert before > evaluations[0]
    adapted = PeftModel.from_pretrained(base, str(out))
    assert _eval_loss(adapted, packed) == pytest.approx(evaluations[-1], rel=0.02)
    assert not (tmp_path / "out.work").exists()


def test_a_run_says_how_it_came_to_be(tmp_path: Path) -> None:
    packed, model = small.packed(tmp_path, small.rows())
    out = train(packed, tmp_path / "out", small.config(model, max_steps=2))
    result = json.loads((out / "training.json").read_text())
    assert result["num_steps"] == 2
    assert result["data"] == json.loads((packed / "manifest.json").read_text())
    assert result["parameters"]["model"] == "tiny"
    assert result["libraries"]["torch"] == torch.__version__
    assert result["final_eval_loss"] == _metrics(out)[-1]["eval_loss"]
    assert (out / "loss.png").read_bytes().startswith(b"\x89PNG")
    adapter = json.loads((out / "adapter_config.json").read_text())
    assert adapter["base_model_name_or_path"] == "tiny"
    for file in out.glob("*.json"):
        assert str(tmp_path) not in file.read_text()


def test_the_evaluation_loss_is_that_of_the_rows_alone(tmp_path: Path) -> None:
    packed, model = small.packed(tmp_path, small.rows(8, 7))
    changes = {"max_steps": 1, "learning_rate": 1e-9, "tokens_per_device": 32}
    out = train(packed, tmp_path / "out", small.config(model, **changes))
    base = AutoModelForCausalLM.from_pretrained(model)
    assert _metrics(out)[-1]["eval_loss"] == pytest.approx(_eval_loss(base, packed), rel=1e-4)


def test_what_is_accumulated_counts_like_one_large_batch(tmp_path: Path) -> None:
    packed, model = small.packed(tmp_path, small.rows())
    large = train(packed, tmp_path / "large", small.config(model))
    in_parts = train(packed, tmp_path / "parts", small.config(model, tokens_per_device=32))
    assert _losses(in_parts) == pytest.approx(_losses(large), rel=1e-3)


def test_full_tuning_leaves_a_whole_model(tmp_path: Path) -> None:
    packed, model = small.packed(tmp_path, small.rows())
    out = train(packed, tmp_path / "out", small.config(model, tuning="full", learning_rate=1e-3))
    tuned: Any = AutoModelForCausalLM.from_pretrained(out)
    assert tuned.dtype == torch.bfloat16
    losses = [line["eval_loss"] for line in _metrics(out) if "eval_loss" in line]
    assert _eval_loss(tuned.float(), packed) == pytest.approx(losses[-1], rel=0.05)
    assert (out / "tokenizer.json").read_bytes() == (model / "tokenizer.json").read_bytes()


def test_preference_moves_the_margin_from_where_an_adapter_stood(tmp_path: Path) -> None:
    packed, model = small.packed(tmp_path, small.rows(rejected=REJECTED))
    start = train(packed, tmp_path / "start", small.config(model, max_steps=4))
    changes = {"method": "dpo", "adapter": start, "tokens_per_step": 256, "tokens_per_device": 256}
    out = train(packed, tmp_path / "out", small.config(model, **changes))
    metrics = _metrics(out)
    assert metrics[0]["margin"] == pytest.approx(0.0, abs=1e-4)
    assert metrics[-1]["eval_margin"] > 0.5
    assert metrics[-1]["eval_preference_accuracy"] > 0.9
    names = set(load_file(out / "adapter_model.safetensors"))
    assert names == set(load_file(start / "adapter_model.safetensors"))


def test_preference_with_trained_tokens_of_a_tied_output_layer(tmp_path: Path) -> None:
    packed, model = small.packed(tmp_path, small.rows(rejected=REJECTED))
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"tie_word_embeddings": True}))
    start = train(packed, tmp_path / "start", small.config(model, max_steps=4))
    assert any("trainable_tokens" in name or "token_adapter" in name for name in _names(start))
    changes = {"method": "dpo", "adapter": start, "tokens_per_step": 256, "tokens_per_device": 256}
    metrics = _metrics(train(packed, tmp_path / "out", small.config(model, **changes)))
    assert metrics[0]["margin"] == pytest.approx(0.0, abs=1e-4)
    assert metrics[-1]["eval_margin"] > 0.1


def _names(folder: Path) -> set[str]:
    return set(load_file(folder / "adapter_model.safetensors"))


def test_a_run_ends_when_its_seconds_are_gone(tmp_path: Path) -> None:
    packed, model = small.packed(tmp_path, small.rows())
    changes = {"max_seconds": 0.5, "max_steps": None, "epochs": 100_000}
    out = train(packed, tmp_path / "out", small.config(model, **changes))
    result = json.loads((out / "training.json").read_text())
    assert 0 < result["num_steps"] < 100_000
    assert _metrics(out)[-2]["learning_rate"] < 0.005


def test_preference_needs_rejected_answers(tmp_path: Path) -> None:
    packed, model = small.packed(tmp_path, small.rows())
    with pytest.raises(RunError, match="rejected"):
        train(packed, tmp_path / "out", small.config(model, method="dpo"))


def test_another_tokenizer_is_refused(tmp_path: Path) -> None:
    packed, _ = small.packed(tmp_path, small.rows())
    file = write_tiny_model(tmp_path / "other") / "tokenizer.json"
    tokenizer = json.loads(file.read_text())
    tokenizer["model"]["merges"].reverse()
    file.write_text(json.dumps(tokenizer))
    with pytest.raises(RunError, match="another tokenizer"):
        train(packed, tmp_path / "out", small.config(file.parent))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train_split": "other"}, "no split 'other'"),
        ({"pack_length": 8}, "set pack_length"),
        ({"model": Path("nowhere")}, "nowhere"),
    ],
)
def test_a_wrong_parameter_is_named(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    packed, model = small.packed(tmp_path, small.rows())
    with pytest.raises(RunError, match=message):
        train(packed, tmp_path / "out", small.config(model, **changes))


def test_what_exists_is_not_overwritten(tmp_path: Path) -> None:
    packed, model = small.packed(tmp_path, small.rows())
    (tmp_path / "out").mkdir()
    with pytest.raises(RunError, match="exists already"):
        train(packed, tmp_path / "out", small.config(model))


def _metrics(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def _losses(out: Path) -> list[float]:
    return [line["loss"] for line in _metrics(out) if "loss" in line]


def _eval_loss(model: Any, packed: Path) -> float:
    """Mean loss of the completion tokens of the validation rows, each row on its own."""
    sums, num_tokens = 0.0, 0
    model.eval()
    for row in read_split(packed, read_manifest(packed).splits["validation"]):
        ids = torch.tensor([*row.prompt.tolist(), *row.completion.tolist()])
        with torch.no_grad():
            logits = model(ids[None]).logits[0, len(row.prompt) - 1 : -1]
        answer = ids[len(row.prompt) :]
        sums += float(torch.nn.functional.cross_entropy(logits, answer, reduction="sum"))
        num_tokens += len(answer)
    return sums / num_tokens
