from itertools import pairwise
from typing import get_args

import pytest
from pydantic import ValidationError

from prompt_format import EditEvent, PromptInput
from prompt_format.cursor_region import insert_cursor
from prompt_format.udiff import write_udiff
from tests.training.teacher.examples import BETTER, CODE, example, prompt_input
from training.checks import CERTAIN, CHECKS, CheckConfig, check_predictions
from training.checks.config import CheckName
from training.errors import InvalidRow, MissingSection
from training.examples import CheckResult, Example, Finding, Prediction

LONG = "".join(f"value_{number} = {number}\n" for number in range(12))


def check_prediction(row: Example, prediction: Prediction, config: CheckConfig) -> CheckResult:
    (result,) = check_predictions(row.model_copy(update={"predictions": (prediction,)}), config)
    return result


def predicted(new: str, given: PromptInput, **changes: object) -> Prediction:
    patch = write_udiff(given.cursor_path, given.cursor_excerpt, new, given.excerpt_start_row or 0)
    return Prediction(provider="teacher", actual_patch=patch).model_copy(update=changes)


def findings(
    new: str, given: PromptInput | None = None, language: str | None = "python", **changes: object
) -> dict[str, Finding]:
    given = given or prompt_input()
    row = example(given).model_copy(update={"language": language})
    result = check_prediction(row, predicted(new, given), CheckConfig.model_validate(changes))
    return {finding.check: finding for finding in result.findings}


def plain(code: str) -> PromptInput:
    return prompt_input(code, cursor=0, diff="")


def test_a_good_prediction_has_no_finding() -> None:
    assert findings(BETTER) == {}


def test_no_edit_has_no_finding() -> None:
    assert findings(CODE) == {}


def test_the_predicted_cursor_is_no_part_of_the_code() -> None:
    marked = insert_cursor(BETTER, BETTER.encode().index(b"height"))
    assert findings(marked) == {}


def test_taking_back_the_last_edit_is_found_with_its_number() -> None:
    found = findings(CODE.replace("    tot\n", ""))
    assert found["reverts"].value == 1.0
    assert found["undoes_recent_edits"].value == 1.0
    assert "100%" in found["undoes_recent_edits"].message


def typed(*states: str) -> PromptInput:
    """A file that went through ``states``, an event between each two."""
    events = tuple(
        EditEvent(path="shop/cart.py", diff=write_udiff("cart.py", old, new, 0))
        for old, new in pairwise(states)
    )
    given = prompt_input(states[-1], cursor=0, diff="", path="cart.py")
    return given.model_copy(update={"events": events})


def test_taking_back_several_small_edits_is_found() -> None:
    given = typed("a = 1\n", "a = 1\nfirst = 1\n", "a = 1\nfirst = 1\nsecond = 2\n")
    found = findings("a = 1\n", given)
    assert found["reverts"].value == 2.0
    assert found["undoes_recent_edits"].value == 1.0
    only_first = findings("a = 1\nsecond = 2\n", given)
    assert "reverts" not in only_first
    assert "2 edits" in only_first["undoes_recent_edits"].message
    assert findings("a = 1\nsecond = 2\n", given, history_events=1) == {}
    assert findings("a = 1\nfirst = 1\nsecond = 2\nthird = 3\n", given) == {}


def test_text_of_a_machine_may_be_taken_back() -> None:
    given = typed("a = 1\n", "a = 1\nfirst = 1\n")
    accepted = tuple(event.model_copy(update={"predicted": True}) for event in given.events)
    assert findings("a = 1\n", given.model_copy(update={"events": accepted})) == {}


def test_a_change_outside_of_the_region_is_found() -> None:
    given = prompt_input(LONG * 20, cursor=0, diff="")
    changed = LONG * 20 + "last = 1\n"
    found = findings(changed, given, editable_tokens=20)
    assert set(found) == {"leaves_region"} and found["leaves_region"].value > 100
    assert findings("first = 1\n" + LONG * 20, given, editable_tokens=20) == {}


def test_the_region_is_the_one_that_the_teacher_had() -> None:
    given = prompt_input(LONG * 20, cursor=0, diff="")
    prediction = predicted(LONG * 20 + "last = 1\n", given, source={"prompt.editable_tokens": 20})
    (finding,) = check_prediction(example(given), prediction, CheckConfig()).findings
    assert finding.check == "leaves_region"


@pytest.mark.parametrize("tokens", ["many", -1, 1.5])
def test_a_region_that_cannot_be_fails_the_row(tokens: object) -> None:
    source = {"prompt.editable_tokens": tokens}
    with pytest.raises(InvalidRow, match=r"prompt\.editable_tokens"):
        check_prediction(example(), predicted(BETTER, prompt_input(), source=source), CheckConfig())


@pytest.mark.parametrize(
    "leak",
    ["<|editable_region_end|>", "NO_EDITS", "KEEP_PREVIOUS", "`````", "<|fim_middle|>"],
)
def test_words_of_the_prompt_in_the_code_are_found(leak: str) -> None:
    found = findings(BETTER + f"{leak}\n", language=None)
    assert found["marker_leaked"].value >= 1.0
    was_there = plain(CODE + f"{leak}\n")
    assert findings(BETTER + f"{leak}\n", was_there, language=None) == {}


def test_a_second_cursor_is_found() -> None:
    assert "marker_leaked" in findings(BETTER + "<|user_cursor|>\n<|user_cursor|>\n")


def test_mass_deletion_is_found_with_the_number_of_lines() -> None:
    found = findings("value_0 = 0\n", plain(LONG))
    assert found["mass_deletion"].value == 11.0
    assert findings("value_0 = 0\n", plain(LONG), mass_deletion_lines=12) == {}


def test_blanks_alone_are_found() -> None:
    assert findings("\n" + LONG, plain(LONG))["whitespace_only"].value == 1.0
    assert "whitespace_only" in findings(LONG.replace(" = ", "="), plain(LONG))


def test_too_much_is_found() -> None:
    much = LONG + "".join(f"other_{number} = {number}\n" for number in range(60))
    assert findings(much, plain(LONG))["too_large"].value == 180.0
    assert findings(much, plain(LONG), max_inserted_tokens=180) == {}


def test_a_loop_is_found() -> None:
    assert "repetition_loop" in findings(LONG + "again()\n" * 8, plain(LONG))


def test_broken_syntax_is_found() -> None:
    found = findings(LONG + "broken = (1\n", plain(LONG))
    assert found["syntax_errors_added"].value >= 1.0
    assert findings(LONG + "broken = (1\n", plain(LONG), language=None) == {}
    broken = LONG + "bad = (1\n"
    assert findings("good = 1\n" + broken, plain(broken)) == {}


def test_a_text_that_breaks_off_is_found() -> None:
    found = findings("value_0 = 0\nvalue_1 = 1\nval", plain(LONG), skip=("mass_deletion",))
    assert found["truncated"].value == 9.0
    assert "truncated" not in findings("value_0 = 0\n", plain(LONG))


@pytest.mark.parametrize(
    ("reason", "name"), [("tags_missing", "unreadable"), ("truncated", "truncated")]
)
def test_an_answer_without_a_patch_is_found(reason: str, name: str) -> None:
    prediction = Prediction(provider="teacher", reason=reason, error="No.")
    (finding,) = check_prediction(example(), prediction, CheckConfig()).findings
    assert finding.check == name and reason in finding.message


@pytest.mark.parametrize(
    "patch", ["--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-not there\n+at all\n", "nonsense"]
)
def test_a_patch_that_does_not_fit_is_found(patch: str) -> None:
    prediction = Prediction(provider="student", actual_patch=patch)
    (finding,) = check_prediction(example(), prediction, CheckConfig()).findings
    assert finding.check == "does_not_apply"


@pytest.mark.parametrize("name", [name for name, _check in CHECKS])
def test_every_check_can_be_skipped(name: str) -> None:
    worst = "NO_EDITS\n" + "again()\n" * 200 + "(\n"
    assert name not in findings(worst, skip=(name,))


def test_a_misspelt_name_is_found() -> None:
    with pytest.raises(ValidationError):
        CheckConfig.model_validate({"skip": ["too_larg"]})


def test_names_are_unique_and_certain_ones_known() -> None:
    names = [name for name, _check in CHECKS]
    assert names == list(get_args(CheckName))
    assert len(set(names)) == len(names)
    assert CERTAIN - set(names) == {"unreadable", "does_not_apply"}


def test_messages_hold_nothing_of_the_code() -> None:
    found = findings("secret_word = (1\n" * 90 + "NO_EDITS\n", plain("secret_word = 2\n" + LONG))
    assert len(found) >= 2
    assert not any("secret_word" in finding.message for finding in found.values())


def test_inputs_are_needed() -> None:
    with pytest.raises(MissingSection, match="synthesize"):
        check_prediction(
            Example(spec=example().spec), Prediction(provider="teacher"), CheckConfig()
        )
