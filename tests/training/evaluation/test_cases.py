"""Cases: which predictions are of which group, and how few are held."""

import pytest

from tests.training.evaluation.examples import AFTER, BEFORE, example, prediction, scored
from training.errors import InvalidRow
from training.evaluation.cases import CaseCollector, Cases, case_of
from training.examples import Example

WRONG = BEFORE.replace("return 0", "return None")
WORSE = BEFORE.replace("print(total([]))", "exit()")


def _cases(*examples: Example, num_cases: int = 3, provider: str | None = None) -> Cases:
    collector = CaseCollector(num_cases)
    for number, given in enumerate(examples):
        collector.add(scored(given), str(number), provider)
    return collector.cases()


def test_groups() -> None:
    found = _cases(
        example(prediction(WRONG), name="wrong"),
        example(prediction(AFTER), name="best"),
        example(prediction(AFTER), expected=(BEFORE,), name="needless"),
        example(prediction(BEFORE), name="missed"),
        example(prediction(BEFORE), expected=(BEFORE,), name="quiet"),
    )
    names = {group: [case.name for case in cases] for group, cases in found.groups.items()}
    assert names == {
        "wrong": ["wrong"],
        "needless": ["needless"],
        "missed": ["missed"],
        "undoing": [],
        "best": ["best", "wrong"],
    }


def test_the_worst_comes_first_and_the_rest_is_let_go() -> None:
    given = [example(prediction(WRONG), name=f"wrong-{number}") for number in range(5)]
    given.insert(2, example(prediction(WORSE), name="worse"))
    found = _cases(*given, num_cases=2).groups["wrong"]
    assert [case.name == "worse" for case in found] == [True, False]


def test_equal_cases_are_not_all_from_the_start() -> None:
    given = [example(prediction(BEFORE), name=str(number)) for number in range(200)]
    found = _cases(*given).groups["missed"]
    assert max(int(case.name) for case in found) > 50


def test_a_case_has_its_texts() -> None:
    (case,) = _cases(example(prediction(None))).groups["missed"]
    assert (case.before, case.expected, case.predicted) == (BEFORE, AFTER, BEFORE)
    assert (case.reason, case.path, case.cursor) == (
        "markers_missing",
        "shop/cart.py",
        BEFORE.index("0") + 1,
    )


def test_only_the_predictions_of_a_provider() -> None:
    given = example(prediction(AFTER), prediction(WRONG, provider="teacher"))
    assert _cases(given, provider="student").groups["wrong"] == ()
    assert len(_cases(given, provider="teacher").groups["wrong"]) == 1


def test_the_same_example_twice_is_two_cases() -> None:
    collector = CaseCollector(3)
    for _ in range(4):
        collector.add(scored(example(prediction(BEFORE))), "same")
    assert len(collector.cases().groups["missed"]) == 3


def test_none_are_held_if_none_are_asked_for() -> None:
    assert _cases(example(prediction(AFTER)), num_cases=0).groups["best"] == ()


def test_a_score_of_another_set_is_refused() -> None:
    given = scored(example(prediction(WRONG)))
    score = given.scores[0].model_copy(update={"reference": 7})
    with pytest.raises(InvalidRow, match="run score again"):
        case_of(given, "key", given.predictions[0], score)
