"""The default model in the engine: sensible text, and drafts that change nothing but near-ties."""

from pathlib import Path

import pytest
import torch

from model import ModelConfig
from model.embedded.engine import EmbeddedEngine
from model.embedded.loading import load_model
from model.weights import open_model_folder
from tests.model.answers import complete, request_for

pytestmark = pytest.mark.model

PROMPT = "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n    return"
NEAR_TIE = 0.5
"""Logits closer than this may change places when bfloat16 products are computed in other shapes."""


async def test_the_default_model_completes_code(real_folder: Path) -> None:
    engine = EmbeddedEngine(ModelConfig(path=real_folder))
    await engine.start()
    answer = await complete(engine, request_for(engine, PROMPT, max_tokens=4, stop=("\n",)))
    await engine.stop()
    assert answer.text == " a - b"


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
async def test_drafts_change_nothing_but_near_ties(real_folder: Path, precision: str) -> None:
    engine = EmbeddedEngine(ModelConfig(path=real_folder, precision=precision))
    await engine.start()
    plain = await complete(engine, request_for(engine, PROMPT, max_tokens=40))
    reference = [*plain.tokens[:15], 70, 71, 72, *plain.tokens[18:]]
    request = request_for(engine, PROMPT, max_tokens=40, reference=reference)
    drafted = await complete(engine, request)
    await engine.stop()
    assert drafted.stats.num_steps < 25
    if precision == "float32":
        assert drafted.tokens == plain.tokens
    pairs = zip(plain.tokens, drafted.tokens, strict=False)
    place = next((at for at, (a, b) in enumerate(pairs) if a != b), None)
    if place is not None:
        tokens = [*request.prompt_tokens, *plain.tokens[:place]]
        assert top_gap(real_folder, tokens) < NEAR_TIE


def top_gap(folder: Path, tokens: list[int]) -> float:
    """How far the best next token is ahead of the second."""
    llama = load_model(open_model_folder(folder), torch.float32, 1024).llama
    first, second = llama.forward(tokens, llama.new_cache(), 1)[0].topk(2).values.tolist()
    return float(first - second)
