"""The two generators in this process answer alike: greedy, sampled, stopped, healed, cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from model import FinishReason, ModelConfig, build_engine
from prompt_format import RenderedPrompt, TextRange
from training.errors import InvalidRow
from training.student import Ask, Generator
from training.student.engine_generator import EngineGenerator
from training.student.transformers_generator import open_transformers

BACKENDS = ("engine", "transformers")


@asynccontextmanager
async def _open(backend: str, folder: Path, max_rows: int = 8) -> AsyncIterator[Generator]:
    if backend == "transformers":
        async with open_transformers(
            folder, None, device="cpu", precision="float32", max_rows=max_rows, version="1"
        ) as generator:
            yield generator
        return
    engine = build_engine(ModelConfig(path=folder, precision="float32", num_threads=1))
    await engine.start()
    yield EngineGenerator(engine, "1")
    await engine.stop()


def _prompt(text: str, stop: tuple[str, ...] = (), continues_text: bool = False) -> RenderedPrompt:
    empty = TextRange(start=0, end=0)
    return RenderedPrompt(text, empty, empty, 0, "", "", stop=stop, continues_text=continues_text)


PROMPTS = (
    "def largest(numbers):\n    for number in numbers:\n",
    "the",
    "a rather longer text, so that the others are padded a good deal: the other, the there\n" * 3,
)


async def _texts(backend: str, folder: Path, asks: list[Ask]) -> list[list[str]]:
    async with _open(backend, folder) as generator:
        answers = await asyncio.gather(*(generator.generate(ask) for ask in asks))
    return [[answer.text for answer in answer_list] for answer_list in answers]


async def test_greedy_answers_are_those_of_the_engine(tiny_folder: Path) -> None:
    asks = [Ask(_prompt(text), max_tokens=24) for text in PROMPTS]
    engine = await _texts("engine", tiny_folder, asks)
    assert await _texts("transformers", tiny_folder, asks) == engine
    assert all(len(text) >= 12 for (text,) in engine)


async def test_unfinished_words_are_healed_alike(tiny_folder: Path) -> None:
    asks = [
        Ask(_prompt(text, continues_text=True), max_tokens=12)
        for text in ("the th", "in  ", "there", "x", "numbers ther")
    ]
    engine = await _texts("engine", tiny_folder, asks)
    assert await _texts("transformers", tiny_folder, asks) == engine
    unhealed = [Ask(replace(ask.rendered, continues_text=False), max_tokens=12) for ask in asks]
    assert await _texts("engine", tiny_folder, unhealed) != engine


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_stop_string_ends_the_answer(backend: str, tiny_folder: Path) -> None:
    ((whole,),) = await _texts(backend, tiny_folder, [Ask(_prompt(PROMPTS[0]), max_tokens=24)])
    stop = whole[5:8]
    async with _open(backend, tiny_folder) as generator:
        (answer,) = await generator.generate(Ask(_prompt(PROMPTS[0], (stop,)), max_tokens=24))
    assert answer.finish_reason is FinishReason.STOP
    assert answer.text == whole[: whole.index(stop)]
    assert 0 < answer.num_tokens < 24


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_limit_cuts_the_answer(backend: str, tiny_folder: Path) -> None:
    async with _open(backend, tiny_folder) as generator:
        (answer,) = await generator.generate(Ask(_prompt(PROMPTS[0]), max_tokens=5))
        count = generator.count(PROMPTS[0])
    assert (answer.finish_reason, answer.num_tokens) == (FinishReason.LENGTH, 5)
    assert answer.num_prompt_tokens == count


@pytest.mark.parametrize("backend", BACKENDS)
async def test_samples_depend_on_seed_and_number_alone(backend: str, tiny_folder: Path) -> None:
    ask = Ask(_prompt(PROMPTS[0]), max_tokens=12, num_samples=6, temperature=1.0, seed=3)
    other = Ask(_prompt(PROMPTS[2]), max_tokens=20, num_samples=3, temperature=0.7, seed=9)
    ((alone,), (beside, _other)) = (
        await _texts(backend, tiny_folder, [ask]),
        await _texts(backend, tiny_folder, [ask, other]),
    )
    assert alone == beside
    assert len(set(alone)) > 1
    ((fewer,),) = [await _texts(backend, tiny_folder, [replace(ask, num_samples=2)])]
    assert fewer == alone[:2]
    ((reseeded,),) = [await _texts(backend, tiny_folder, [replace(ask, seed=4)])]
    assert reseeded != alone


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_prompt_beyond_the_context_fails_its_row(backend: str, tiny_folder: Path) -> None:
    async with _open(backend, tiny_folder) as generator:
        with pytest.raises(InvalidRow):
            await generator.generate(Ask(_prompt("x" * 1020), max_tokens=24))


async def test_log_probabilities_are_those_of_the_model(tiny_folder: Path) -> None:
    """A nearly deterministic model would give 0, a uniform one the logarithm of the vocabulary."""
    async with _open("transformers", tiny_folder) as generator:
        ask = Ask(_prompt(PROMPTS[0]), max_tokens=8)
        (greedy,) = await generator.generate(ask)
        (sampled,) = await generator.generate(replace(ask, temperature=2.0))
    assert greedy.cumulative_logprob is not None and sampled.cumulative_logprob is not None
    assert sampled.cumulative_logprob < greedy.cumulative_logprob < 0


@pytest.mark.model
async def test_the_real_model_answers_alike(real_folder: Path) -> None:
    prompt = _prompt("def area(width, height):\n    ret", continues_text=True, stop=("\n",))
    asks = [Ask(prompt, max_tokens=8), Ask(_prompt(PROMPTS[0], stop=("\n",)), max_tokens=8)]
    engine = await _texts("engine", real_folder, asks)
    assert await _texts("transformers", real_folder, asks) == engine
    assert engine[0] == ["urn width * height"]
