"""``predict`` adds what a user of the server would have got."""

from prompt_format import find_format
from tests.training.inputs import example
from tests.training.student.scripted import ScriptedGenerator
from training.examples import CheckResult, Example, Finding, Prediction
from training.stages import predict
from training.student import FormatStudent

TEXT = "def area(width, height):\n    ret^\n"
CONFIG = predict.PredictConfig(prompt_format="completion")
TEACHER = Prediction(provider="teacher", actual_patch="p")
OBJECTION = CheckResult(findings=(Finding(check="c", value=1.0, message="m"),))


async def _predicted(given: Example, *texts: str) -> Example:
    student = FormatStudent(ScriptedGenerator(texts), find_format("completion"), 512, 64)
    return await predict.run(given, CONFIG, student)


async def test_an_edit() -> None:
    (prediction,) = (await _predicted(example(TEXT), "urn width * height")).predictions
    assert prediction.provider == "student"
    assert prediction.actual_patch is not None
    assert "\n+    return width * height<|user_cursor|>\n" in prediction.actual_patch
    assert prediction.actual_output == "urn width * height"
    assert prediction.actual_cursor is not None
    assert (prediction.actual_cursor.row, prediction.actual_cursor.column) == (1, 25)
    assert prediction.reason is None
    assert (prediction.num_tokens, prediction.seconds, prediction.avg_logprob) == (3, 0.5, -0.5)
    assert prediction.source == {
        "model": "scripted",
        "prompt_format": "completion",
        "backend": "engine",
        "temperature": 0.0,
        "seed": 0,
    }


async def test_what_serving_suppresses_is_no_edit() -> None:
    (prediction,) = (await _predicted(example(TEXT), "urn x" + ", x" * 200)).predictions
    assert prediction.actual_patch == "--- a/shop/area.py\n+++ b/shop/area.py\n"
    assert prediction.reason == "repetition_loop"
    assert prediction.actual_cursor is None


async def test_what_cannot_be_read_has_no_patch() -> None:
    (prediction,) = (await _predicted(example(TEXT), "")).predictions
    assert (prediction.actual_patch, prediction.reason) == (None, "empty_output")


async def test_an_earlier_answer_of_a_student_is_replaced_and_others_stay() -> None:
    given = example(
        TEXT,
        predictions=(
            Prediction(provider="student"),
            TEACHER,
            Prediction(provider="repair", answers=1),
        ),
        checks=(CheckResult(), OBJECTION, CheckResult()),
    )
    predicted = await _predicted(given, "urn 1")
    assert [each.provider for each in predicted.predictions] == ["teacher", "repair", "student"]
    assert predicted.predictions[1].answers == 0
    assert predicted.checks == (OBJECTION, CheckResult())


async def test_a_repair_of_a_replaced_answer_answers_nothing() -> None:
    given = example(
        TEXT, predictions=(Prediction(provider="student"), Prediction(provider="repair", answers=0))
    )
    assert (await _predicted(given, "urn 1")).predictions[0].answers is None
