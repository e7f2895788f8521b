import pytest

from prompt_format import TextRange
from tests.training.teacher.examples import BETTER, CODE, example, prompt_input
from training.errors import MissingSection
from training.examples import CheckResult, Example, Finding, Prediction
from training.regions import patch_of_region
from training.stage import Dropped
from training.stages.adopt import AdoptConfig, run

OTHER = CODE.replace("tot", "total = 0")
FLAWED = CheckResult(findings=(Finding(check="too_large", value=1.0, message="It is large."),))
CLEAN = CheckResult()


def patch(text: str, cursor: int | None = None) -> str:
    given = prompt_input()
    return patch_of_region(given, TextRange(start=0, end=len(CODE.encode())), text, cursor)


def predicted(
    text: str | None, *, mends: int | None = None, cursor: int | None = None
) -> Prediction:
    return Prediction(
        provider="teacher" if mends is None else "repair",
        actual_patch=None if text is None else patch(text, cursor),
        answers=mends,
        source={"model": "large", "provider": "openai", "template_version": "teacher@1"},
    )


def judged(*pairs: tuple[Prediction, CheckResult]) -> Example:
    predictions, checks = zip(*pairs, strict=True)
    return example().model_copy(update={"predictions": predictions, "checks": checks})


def adopted(given: Example, **changes: object) -> Example:
    found = run(given, AdoptConfig(**changes))
    assert isinstance(found, Example)
    return found


def test_what_most_agree_on_comes_first() -> None:
    given = judged(
        (predicted(OTHER), CLEAN),
        (predicted(BETTER), CLEAN),
        (predicted(BETTER, cursor=40), CLEAN),
    )
    found = adopted(given)
    assert found.spec.expected_patches == (patch(BETTER), patch(OTHER))
    first, second = found.adopted
    assert (first.prediction, first.num_agreeing, first.was_repaired) == (1, 2, False)
    assert (first.provider, first.model, first.template) == ("openai", "large", "teacher@1")
    assert (second.prediction, second.num_agreeing) == (0, 1)
    assert adopted(given, max_patches=1).spec.expected_patches == (patch(BETTER),)
    assert adopted(given, min_agreeing=2).spec.expected_patches == (patch(BETTER),)


def test_a_good_repair_replaces_its_original() -> None:
    given = judged((predicted(OTHER), FLAWED), (predicted(BETTER, mends=0), CLEAN))
    found = adopted(given)
    assert found.spec.expected_patches == (patch(BETTER),)
    assert found.adopted[0].was_repaired and found.adopted[0].prediction == 1
    assert found.predictions == given.predictions


@pytest.mark.parametrize("failed", [predicted(None, mends=0), predicted(BETTER, mends=0)])
def test_a_failed_repair_does_not_destroy_the_original(failed: Prediction) -> None:
    overcautious = judged((predicted(OTHER), CLEAN), (failed, FLAWED))
    assert adopted(overcautious).spec.expected_patches == (patch(OTHER),)
    flawed = judged((predicted(OTHER), FLAWED), (failed, FLAWED))
    assert run(flawed, AdoptConfig()) == Dropped("no_usable_prediction")
    assert adopted(flawed, keep_flawed=True).spec.expected_patches == (patch(OTHER),)
    assert adopted(flawed, without="keep") == flawed


def test_silence_can_be_right() -> None:
    found = adopted(judged((predicted(CODE), CLEAN)))
    assert found.spec.expected_patches == ("--- a/shapes.py\n+++ b/shapes.py\n",)


def test_a_kept_prediction_counts_unless_its_form_is_wrong() -> None:
    kept = predicted(OTHER, mends=0).model_copy(update={"reason": "keep_previous"})
    found = adopted(judged((predicted(OTHER), FLAWED), (kept, FLAWED)))
    assert found.spec.expected_patches == (patch(OTHER),)
    leaked = CheckResult(findings=(Finding(check="marker_leaked", value=1.0, message="Tags."),))
    given = judged((predicted(OTHER), leaked), (kept, leaked))
    assert run(given, AdoptConfig()) == Dropped("no_usable_prediction")


def test_only_a_teacher_is_adopted() -> None:
    student = predicted(OTHER).model_copy(update={"provider": "student"})
    assert run(judged((student, CLEAN)), AdoptConfig()) == Dropped("no_usable_prediction")


def test_unchecked_predictions_are_refused() -> None:
    given = example().model_copy(update={"predictions": (predicted(OTHER),)})
    with pytest.raises(MissingSection, match="check"):
        run(given, AdoptConfig())
