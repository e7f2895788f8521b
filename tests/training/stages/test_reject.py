import pytest

from tests.training.stages.test_adopt import CLEAN, FLAWED, OTHER, judged, patch, predicted
from tests.training.teacher.examples import BETTER, CODE
from training.errors import InvalidRow, MissingSection
from training.examples import CheckResult, Example, Finding
from training.stage import Dropped
from training.stages.reject import NOTHING_TO_REJECT, RejectConfig, run

WORSE = CheckResult(findings=(*FLAWED.findings, Finding(check="reverts", value=1.0, message="-")))
SILENCE = "--- a/shop.py\n+++ b/shop.py\n"


def labelled(given: Example, expected: str = patch(BETTER), rejected: str | None = None) -> Example:
    spec = given.spec.model_copy(
        update={"expected_patches": (expected,), "rejected_patch": rejected}
    )
    return given.model_copy(update={"spec": spec})


def rejected(given: Example, **changes: object) -> str | None:
    found = run(given, RejectConfig(**changes))
    if isinstance(found, Dropped):
        assert found == Dropped(NOTHING_TO_REJECT)
        return None
    return found.spec.rejected_patch


def test_what_heuristics_object_to_most_is_rejected() -> None:
    given = labelled(judged((predicted(OTHER), FLAWED), (predicted(CODE + "x\n"), WORSE)))
    assert rejected(given) == patch(CODE + "x\n")


def test_without_findings_it_is_wrong_only_if_wished() -> None:
    given = labelled(judged((predicted(OTHER), CLEAN)))
    assert rejected(given) is None
    assert rejected(given, objection="differs") == patch(OTHER)


def test_the_right_answer_is_never_rejected() -> None:
    given = labelled(judged((predicted(BETTER, cursor=40), FLAWED)))
    assert rejected(given) is None
    assert rejected(given, objection="differs") is None


def test_an_edit_where_silence_is_right_and_silence_where_an_edit_is() -> None:
    given = judged((predicted(OTHER), CLEAN))
    assert rejected(labelled(given, SILENCE), objection="differs") == patch(OTHER)
    silent = judged((predicted(CODE), CLEAN))
    assert rejected(labelled(silent), objection="differs") == patch(CODE)
    assert rejected(labelled(silent, SILENCE), objection="differs") is None


def test_what_cannot_be_read_is_no_pair() -> None:
    assert rejected(labelled(judged((predicted(None), FLAWED)))) is None


def test_a_users_own_rejection_stays() -> None:
    given = labelled(judged((predicted(OTHER), FLAWED)), rejected=patch(CODE))
    assert rejected(given) == patch(CODE)


def test_what_an_earlier_stage_must_add_is_named() -> None:
    given = judged((predicted(OTHER), CLEAN))
    with pytest.raises(MissingSection, match="expected patch"):
        run(given, RejectConfig())
    with pytest.raises(MissingSection, match="run check first"):
        run(labelled(given).model_copy(update={"checks": ()}), RejectConfig())
    with pytest.raises(InvalidRow, match="does not apply"):
        nowhere = "--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-not there\n+at all\n"
        run(labelled(given, nowhere), RejectConfig())
