"""``sample`` says what each answer would make of the settled region."""

import pytest

from prompt_format import find_format
from tests.training.inputs import example, settled_example
from tests.training.student.scripted import ScriptedGenerator
from training.errors import MissingSection
from training.examples import Example, Sample
from training.stage import Dropped
from training.stages import sample
from training.student import FormatStudent

TEXT = "def area(width, height):\n    ret^\n"
GIVEN = settled_example(TEXT, "    ret", "    return width * height")


async def _sampled(
    given: Example, *texts: str, prompt_format: str = "completion", seed: int = 0
) -> tuple[Example | Dropped, ScriptedGenerator, sample.Sampler]:
    generator = ScriptedGenerator(texts)
    sampler = sample.Sampler(FormatStudent(generator, find_format(prompt_format), 512, 64))
    config = sample.SampleConfig(num_samples=len(texts), seed=seed)
    return await sample.run(given, config, sampler), generator, sampler


async def test_texts_of_the_region() -> None:
    sampled, _generator, _sampler = await _sampled(GIVEN, "urn width * height", "urn 0")
    assert isinstance(sampled, Example)
    assert sampled.samples == (
        Sample(text="    return width * height"),
        Sample(text="    return 0"),
    )


async def test_what_cannot_be_shown_has_its_reason() -> None:
    sampled, _generator, _sampler = await _sampled(GIVEN, "", "urn x" + ", x" * 200)
    assert isinstance(sampled, Example)
    assert [each.error for each in sampled.samples] == ["empty_output", "repetition_loop"]


async def test_silence_is_a_sample_and_an_edit_elsewhere_is_none() -> None:
    """The region is that of the log; the student edits the lines that its own format shows."""
    sampled, _generator, _sampler = await _sampled(
        GIVEN,
        "<empty_output>",
        "<issue_start>def area(width, height):\n<issue_comment>def size(width, height):\n",
        prompt_format="foretype-span",
    )
    assert isinstance(sampled, Example)
    assert sampled.samples[0] == Sample(text="    ret")
    assert sampled.samples[1].error == "outside_settled_region"


async def test_examples_draw_differently_and_the_same_one_alike() -> None:
    seeds = []
    for given, seed in ((GIVEN, 0), (GIVEN, 0), (GIVEN, 1)):
        _sampled_example, generator, _sampler = await _sampled(given, "urn 1", seed=seed)
        seeds.append(generator.asks[0].seed)
    other = GIVEN.model_copy(update={"spec": GIVEN.spec.model_copy(update={"name": "other"})})
    _sampled_example, generator, _sampler = await _sampled(other, "urn 1")
    assert seeds[0] == seeds[1]
    assert len({*seeds, generator.asks[0].seed}) == 3


async def test_costs_are_counted() -> None:
    _example, generator, sampler = await _sampled(GIVEN, "urn 1", "urn 2")
    assert (sampler.costs.num_answers, sampler.costs.num_prompt_tokens) == (2, 7)
    assert generator.asks[0].temperature == 0.8


async def test_without_a_prompt_there_is_nothing_to_learn() -> None:
    given = settled_example("x = '<issue_start>'^\n", "'<issue_start>'", "1")
    dropped, generator, _sampler = await _sampled(given, "1", prompt_format="foretype-span")
    assert dropped == Dropped("special_token_in_input")
    assert not generator.asks


async def test_only_settled_examples() -> None:
    with pytest.raises(MissingSection, match="ingest"):
        await _sampled(example(TEXT), "urn 1")
