"""Published models' prompt formats on real vLLM, with tiny random weights of their kind."""

from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("vllm")

from tokenizers import AddedToken
from transformers import AutoConfig, AutoModelForCausalLM

from model import ModelConfig, Sampling
from model.presets import PRESETS, Preset
from model.vllm.engine import VllmEngine
from prediction import budget_for, complete, read_edit, request_for
from prompt_format import FORMATS, Edit, RenderedPrompt
from tests.model.tiny import tiny_tokenizer
from tests.model.vllm.conftest import small
from tests.prompt_format.examples import cart

pytestmark = pytest.mark.vllm

SMALL = {
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 8192,
    "bos_token_id": 1,
    "eos_token_id": 0,
}
ARCHITECTURES = sorted({preset.architecture for preset in PRESETS.values()})


def write_model(folder: Path, architecture: str) -> Path:
    """A model whose vocabulary has the markers of all formats."""
    tokenizer = tiny_tokenizer()
    markers = sorted({token for each in FORMATS.values() for token in each.special_tokens})
    tokenizer.add_special_tokens([AddedToken(marker, special=True) for marker in markers])
    config: Any = AutoConfig.for_model(architecture, vocab_size=tokenizer.get_vocab_size(), **SMALL)
    model: Any = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


async def answer_of(engine: VllmEngine, preset: Preset) -> tuple[int, object]:
    """How many tokens the prompt has, and what is read from the answer."""
    card, prompt_format = preset.card, FORMATS[preset.card.prompt_format]
    budget = budget_for(
        engine.tokenizer.count,
        engine.info.max_context_tokens,
        max_prompt_tokens=card.max_prompt_tokens,
        max_output_tokens=card.max_output_tokens,
    )
    prompt = prompt_format.render(cart(), budget)
    assert isinstance(prompt, RenderedPrompt), prompt
    request = request_for(prompt, engine.tokenizer, max_output_tokens=24, sampling=Sampling())
    for marker in prompt_format.special_tokens:
        if marker in prompt.model_input:
            (number,) = engine.tokenizer.encode(marker, (marker,))
            assert number in request.prompt_tokens
    completion = await complete(engine, request)
    read = read_edit(prompt_format, prompt, completion.text, completion.finish_reason)
    return len(request.prompt_tokens), read


@pytest.mark.parametrize("architecture", ARCHITECTURES)
async def test_its_prompts_are_answered_and_the_answers_are_read(
    architecture: str, tmp_path: Path
) -> None:
    presets = [preset for preset in PRESETS.values() if preset.architecture == architecture]
    folder = write_model(tmp_path, architecture)
    config = ModelConfig(
        engine="vllm", preset=presets[0].name, path=folder, max_context_tokens=8192
    )
    engine = VllmEngine(config, small(max_num_batched_tokens=2048))
    await engine.start()
    try:
        assert engine.info.name == presets[0].name
        for preset in presets:
            num_tokens, read = await answer_of(engine, preset)
            assert num_tokens > 100 and isinstance(read, Edit | StrEnum), preset.name
    finally:
        await engine.stop()
