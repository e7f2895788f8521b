"""What was answered once is not asked again; anything that matters makes it another question."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from prompt_format import RenderedPrompt, TextRange
from tests.training.student.scripted import ScriptedGenerator
from training.cache import AnswerCache
from training.errors import RowError
from training.student import Ask, Generation
from training.student.cached_generator import CachedGenerator

EMPTY = TextRange(start=0, end=0)
ASK = Ask(RenderedPrompt("the", EMPTY, EMPTY, 0, "", ""), 8, 2, 0.8, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AnswerCache]:
    cache = AnswerCache(tmp_path / "answers.sqlite")
    yield cache
    cache.close()


async def test_the_second_time_the_answer_is_kept(store: AnswerCache) -> None:
    generator = ScriptedGenerator(("one", "two"))
    cached = CachedGenerator(generator, store, "cpu")
    first = await cached.generate(ASK)
    assert await cached.generate(ASK) == first
    assert len(generator.asks) == 1
    assert cached.stats() == {"num_cache_hits": 1}


@pytest.mark.parametrize(
    "other",
    [
        replace(ASK, seed=2),
        replace(ASK, temperature=0.7),
        replace(ASK, num_samples=3),
        replace(ASK, max_tokens=9),
        replace(ASK, rendered=replace(ASK.rendered, text="The")),
        replace(ASK, rendered=replace(ASK.rendered, stop=("\n",))),
        replace(ASK, rendered=replace(ASK.rendered, special_tokens=("the",))),
        replace(ASK, rendered=replace(ASK.rendered, continues_text=True)),
    ],
)
async def test_another_question_is_asked(other: Ask, store: AnswerCache) -> None:
    generator = ScriptedGenerator(("one",))
    cached = CachedGenerator(generator, store, "cpu")
    await cached.generate(ASK)
    await cached.generate(other)
    assert len(generator.asks) == 2


async def test_another_model_or_setting_is_asked(store: AnswerCache) -> None:
    generators = [ScriptedGenerator(("x",)), ScriptedGenerator(("y",), version="newer")]
    for generator in generators:
        for setting in ("cpu", "cuda"):
            await CachedGenerator(generator, store, setting).generate(ASK)
    assert [len(generator.asks) for generator in generators] == [2, 2]


async def test_the_region_does_not_matter(store: AnswerCache) -> None:
    """The same prompt for another region: it is read anew, but not generated."""
    generator = ScriptedGenerator(("one",))
    cached = CachedGenerator(generator, store, "cpu")
    await cached.generate(ASK)
    await cached.generate(replace(ASK, rendered=replace(ASK.rendered, region="another")))
    assert len(generator.asks) == 1


class _Broken(ScriptedGenerator):
    async def generate(self, ask: Ask) -> list[Generation]:
        raise RowError("broken")


async def test_failures_are_not_kept(store: AnswerCache) -> None:
    with pytest.raises(RowError):
        await CachedGenerator(_Broken(()), store, "cpu").generate(ASK)
    generator = ScriptedGenerator(("one",))
    await CachedGenerator(generator, store, "cpu").generate(ASK)
    assert len(generator.asks) == 1
