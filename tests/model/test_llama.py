"""The forward pass against an independent implementation, and against itself with reused keys."""

from pathlib import Path

import pytest
import torch
from transformers import LlamaForCausalLM

from model.embedded.kv_cache import KVCache
from model.embedded.linear import Linear, PlainLinear
from model.embedded.llama import Llama
from model.embedded.loading import LoadedModel, load_model
from model.weights import open_model_folder

CODE = "def mean(values: list[float]) -> float:\n    return sum(values) / len(values)\n\n" * 3


def some_tokens(count: int, seed: int = 1) -> list[int]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(2, 98, (count,), generator=generator).tolist()


def read(model: Llama, tokens: list[int], chunk: int) -> tuple[torch.Tensor, KVCache]:
    """Logits of every token, read ``chunk`` at a time."""
    cache = model.new_cache()
    parts = [tokens[at : at + chunk] for at in range(0, len(tokens), chunk)]
    return torch.cat([model.forward(part, cache, len(part)) for part in parts]), cache


def reference_logits(folder: Path, tokens: list[int]) -> torch.Tensor:
    reference = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        logits: torch.Tensor = reference(torch.tensor([tokens])).logits[0]
    return logits


@pytest.mark.parametrize("chunk", [1, 7, 300])
def test_tiny_logits_equal_the_reference(tiny: LoadedModel, tiny_folder: Path, chunk: int) -> None:
    tokens = some_tokens(300)
    logits, _ = read(tiny.llama, tokens, chunk)
    torch.testing.assert_close(logits, reference_logits(tiny_folder, tokens), rtol=1e-4, atol=2e-4)


def test_only_the_last_logits_are_computed(tiny: LoadedModel) -> None:
    tokens = some_tokens(30)
    every, _ = read(tiny.llama, tokens, 30)
    cache = tiny.llama.new_cache()
    torch.testing.assert_close(tiny.llama.forward(tokens, cache, 3), every[-3:])
    assert tiny.llama.forward(tokens, cache, 0).shape[0] == 0


def test_reused_keys_give_the_logits_of_a_cold_start(tiny: LoadedModel) -> None:
    tokens = some_tokens(120)
    cold, _ = read(tiny.llama, tokens, 120)
    _, cache = read(tiny.llama, tokens[:90] + some_tokens(40, seed=2), 130)
    cache.truncate(90)
    assert cache.common_prefix(tuple(tokens)) == 90
    warm = tiny.llama.forward(tokens[90:], cache, 30)
    torch.testing.assert_close(warm, cold[90:], rtol=1e-4, atol=1e-4)


def test_a_cache_grows_without_losing_anything(tiny: LoadedModel) -> None:
    tokens = some_tokens(600)
    _, cache = read(tiny.llama, tokens[:200], 200)
    room = cache.capacity
    before = cache.keys[:, :, :200].clone()
    tiny.llama.forward(tokens[200:], cache, 0)
    assert cache.capacity > room >= 200
    assert torch.equal(cache.keys[:, :, :200], before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_reordered_weights_compute_the_same(dtype: torch.dtype) -> None:
    weight, rows = torch.randn(48, 32, dtype=dtype), torch.randn(5, 32, dtype=dtype)
    other = torch.randn(5, 48, dtype=dtype)
    fast, plain = Linear(weight), PlainLinear(weight)
    for results in (
        (fast(rows), plain(rows)),
        (fast.silu(rows), plain.silu(rows)),
        (fast.times(rows, other), plain.times(rows, other)),
        (fast.plus(rows, other), plain.plus(rows, other)),
    ):
        torch.testing.assert_close(*results, rtol=2e-2, atol=5e-2)
    torch.testing.assert_close(plain(rows), rows @ weight.T, rtol=2e-2, atol=5e-2)


@pytest.mark.model
def test_real_logits_equal_the_reference(real_folder: Path) -> None:
    folder = open_model_folder(real_folder)
    exact = load_model(folder, torch.float32, 1024)
    tokens = list(exact.tokenizer.encode(CODE))
    wanted = reference_logits(real_folder, tokens)
    logits, _ = read(exact.llama, tokens, 32)
    torch.testing.assert_close(logits, wanted, rtol=1e-3, atol=2e-3)
    rounded, _ = read(load_model(folder, torch.bfloat16, 1024).llama, tokens, 32)
    error = (rounded.log_softmax(-1) - wanted.log_softmax(-1)).abs()
    assert error.median() < 0.15
    same = (rounded.argmax(-1) == wanted.argmax(-1)).float().mean()
    assert same > 0.93


def test_passes_of_any_size_agree_up_to_the_last_position(tiny_folder: Path) -> None:
    llama = load_model(open_model_folder(tiny_folder), torch.float32, 150).llama
    tokens = [number % 90 + 2 for number in range(150)]
    whole = llama.forward(tokens, llama.new_cache(), 150)
    for size in (1, 5, 7, 13, 33, 63, 65):
        cache = llama.new_cache()
        parts = [
            llama.forward(tokens[at : at + size], cache, len(tokens[at : at + size]))
            for at in range(0, len(tokens), size)
        ]
        assert cache.tokens == tokens
        torch.testing.assert_close(torch.cat(parts), whole, rtol=1e-4, atol=1e-4)
    last = llama.forward(tokens, llama.new_cache(), 5)
    torch.testing.assert_close(last, whole[-5:], rtol=1e-4, atol=1e-4)
