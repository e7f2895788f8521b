"""The steps around a generator: what serving would show, and the word why not."""

from model import FinishReason
from prompt_format import EditEvent, Observation, find_format
from tests.training.inputs import prompt_input
from tests.training.student.scripted import ScriptedGenerator
from training.student import FormatStudent, StudentAnswer

TEXT = "def area(width, height):\n    ret^\n"


def _student(generator: ScriptedGenerator, name: str = "completion") -> FormatStudent:
    return FormatStudent(generator, find_format(name), 512, 64)


async def _answer(generator: ScriptedGenerator, text: str = TEXT) -> StudentAnswer:
    student = _student(generator)
    (answer,) = await student.predict(prompt_input(text), num_samples=1, temperature=0.0, seed=0)
    return answer


async def test_an_edit_is_shown() -> None:
    answer = await _answer(ScriptedGenerator(("urn width * height",)))
    assert answer.reason is None
    assert answer.shown is not None
    assert "return width * height" in answer.shown.new_text
    assert (answer.num_prompt_tokens, answer.num_tokens, answer.avg_logprob) == (7, 3, -0.5)


async def test_what_the_judgement_refuses_is_kept_but_not_shown() -> None:
    answer = await _answer(ScriptedGenerator(("urn x" + ", x" * 200,)))
    assert answer.reason == "repetition_loop"
    assert answer.edit is not None
    assert answer.shown is None


async def test_an_answer_that_was_cut_is_truncated() -> None:
    generator = ScriptedGenerator(("urn width * height",), FinishReason.LENGTH)
    assert (await _answer(generator)).reason == "truncated"


async def test_an_empty_answer_has_the_reason_of_its_format() -> None:
    answer = await _answer(ScriptedGenerator(("",)))
    assert (answer.edit, answer.reason) == (None, "empty_output")


async def test_without_a_prompt_nothing_is_generated() -> None:
    generator = ScriptedGenerator(("x",))
    student = _student(generator, "foretype-span")
    given = prompt_input("x = '<issue_start>'^\n")
    answers = await student.predict(given, num_samples=3, temperature=0.5, seed=0)
    assert [answer.reason for answer in answers] == ["special_token_in_input"] * 3
    assert not generator.asks
    assert answers[0].rendered is None


async def test_the_prompt_leaves_room_for_the_answer() -> None:
    generator = ScriptedGenerator(("x",), max_context_tokens=200)
    student = FormatStudent(generator, find_format("completion"), 512, 64)
    lines = "".join(f"value_{number} = {number}\n" for number in range(200))
    await student.predict(prompt_input(f"{lines}x = ^\n"), num_samples=1, temperature=0.0, seed=0)
    assert 0 < generator.count(generator.asks[0].rendered.text) <= 200 - 64


async def test_each_sample_is_read_on_its_own() -> None:
    student = _student(ScriptedGenerator(("urn 1", "")))
    answers = await student.predict(prompt_input(TEXT), num_samples=4, temperature=0.5, seed=0)
    assert [answer.reason for answer in answers] == [None, "empty_output"] * 2


async def test_without_judgement_everything_that_parses_is_shown() -> None:
    generator = ScriptedGenerator(("urn x" + ", x" * 200,))
    student = FormatStudent(generator, find_format("completion"), 512, 64, judge=None)
    (answer,) = await student.predict(prompt_input(TEXT), num_samples=1, temperature=0.0, seed=0)
    assert answer.shown is not None


async def test_only_what_the_experiment_shows_is_rendered() -> None:
    event = EditEvent(path="shop/area.py", diff="@@ -1,1 +1,1 @@\n-a\n+width\n")
    given = prompt_input(TEXT, events=(event,))
    prompts = []
    for observation in (Observation(), Observation(history_events=0)):
        generator = ScriptedGenerator(("x",))
        student = FormatStudent(
            generator, find_format("foretype-span"), 512, 64, observation=observation
        )
        await student.predict(given, num_samples=1, temperature=0.0, seed=0)
        prompts.append(generator.asks[0].rendered.text)
    assert ["+width" in prompt for prompt in prompts] == [True, False]
