from prompt_format import PromptInput
from tests.training.teacher.examples import example, prompt_input
from training.checks import CheckConfig
from training.examples import CheckResult, Prediction
from training.stages.check import run


def test_every_prediction_has_its_result() -> None:
    given: PromptInput = prompt_input()
    good = Prediction(provider="teacher", actual_patch="--- a/shapes.py\n+++ b/shapes.py\n")
    bad = Prediction(provider="student", reason="markers_missing")
    row = example(given).model_copy(
        update={"predictions": (bad, good, bad), "checks": (CheckResult(),), "language": None}
    )
    found = run(row, CheckConfig())
    assert [result.is_clean for result in found.checks] == [False, True, False]
    assert found.language == "python"
    assert run(found, CheckConfig()) == found


def test_nothing_predicted_is_nothing_checked() -> None:
    assert run(example(), CheckConfig()).checks == ()
