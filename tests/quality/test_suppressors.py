"""Each suppressor: what it stops, and the honest edits that look like it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from prompt_format.inputs import TextRange
from quality.candidate import Candidate
from quality.judge_config import JudgeConfig
from quality.suppressors import (
    SUPPRESSORS,
    SuppressReason,
    edit_outside_region,
    marker_leaked,
    mass_deletion,
    no_change,
    repetition_loop,
    reverts_last_edit,
    truncated,
)
from tests.quality.inputs import candidate, event

CONFIG = JudgeConfig()


def lines(count: int, text: str = "value_{} = {}") -> str:
    return "".join(text.format(row, row) + "\n" for row in range(count))


def test_every_reason_has_one_suppressor_and_a_docstring_of_its_own_name() -> None:
    assert [reason for reason, _applies in SUPPRESSORS] == list(SuppressReason)
    assert [applies.__name__ for _reason, applies in SUPPRESSORS] == list(SuppressReason)


# edit_outside_region


def moved(text: str, start: int, end: int) -> Candidate:
    """An edit of characters that are not the region's, which is all but the first and last line."""
    base = candidate("é\nb\n", text, above="a\n", below="c\n")
    return replace(base, edit=replace(base.edit, editable_range=TextRange(start=start, end=end)))


@pytest.mark.parametrize(("start", "end"), [(2, 7), (2, 4), (5, 7), (4, 4), (7, 7)])
def test_an_edit_inside_the_region_is_in_it(start: int, end: int) -> None:
    # a\n = bytes 0..2, é\n = 2..5, b\n = 5..7, c\n = 7..9.
    assert not edit_outside_region(moved("x", start, end), CONFIG)


@pytest.mark.parametrize(("start", "end"), [(0, 7), (1, 3), (2, 8), (7, 9), (0, 0), (2, 99)])
def test_an_edit_that_leaves_the_region_is_outside(start: int, end: int) -> None:
    assert edit_outside_region(moved("x", start, end), CONFIG)


@pytest.mark.parametrize(("start", "end"), [(3, 7), (2, 3)])
def test_an_edit_that_splits_a_character_is_outside(start: int, end: int) -> None:
    assert edit_outside_region(moved("x", start, end), CONFIG)


def test_a_region_off_the_text_is_outside() -> None:
    base = candidate("a\n", "b\n")
    beyond = TextRange(start=0, end=50)
    off = replace(
        base,
        rendered=replace(base.rendered, editable_range=beyond),
        edit=replace(base.edit, editable_range=beyond),
    )
    assert edit_outside_region(off, CONFIG)


# no_change, truncated


def test_the_old_text_is_no_change_and_anything_else_is_one() -> None:
    assert no_change(candidate("a\n", "a\n"), CONFIG)
    assert not no_change(candidate("a\n", "a"), CONFIG)
    assert not no_change(candidate("a\n", "a \n"), CONFIG)
    assert not no_change(candidate("a\n", ""), CONFIG)


def test_only_a_cut_output_is_truncated() -> None:
    assert truncated(candidate("a\n", "b\n", truncated=True), CONFIG)
    assert not truncated(candidate("a\n", "b\n"), CONFIG)


# marker_leaked


def test_a_marker_in_the_new_text_is_leaked() -> None:
    assert marker_leaked(candidate("a\n", "b\n>>>>>>> UPDATED\n"), CONFIG)
    assert marker_leaked(candidate("a\n", "b<|marker_2|>\n"), CONFIG)


def test_a_token_of_the_format_is_leaked() -> None:
    tokens = ("<filename>",)
    assert marker_leaked(candidate("a\n", "<filename>b\n", special_tokens=tokens), CONFIG)
    assert not marker_leaked(candidate("a\n", "<filename>b\n"), CONFIG)


def test_a_marker_that_the_region_held_is_the_users() -> None:
    old = 'CURSOR = "<|user_cursor|>"\n'
    assert not marker_leaked(candidate(old, old + old), CONFIG)


# mass_deletion


def test_deleting_most_of_the_region_is_mass_deletion() -> None:
    # 12 lines, 7 of them gone: 7 > 0.5 * 12 and 7 >= 6.
    assert mass_deletion(candidate(lines(12), lines(5)), CONFIG)


def test_six_lines_are_enough() -> None:
    # 6 > 0.5 * 10 and 6 >= 6.
    assert mass_deletion(candidate(lines(10), lines(4)), CONFIG)


def test_deleting_half_of_the_region_is_not() -> None:
    # 6 is not more than 0.5 * 12.
    assert not mass_deletion(candidate(lines(12), lines(6)), CONFIG)


def test_deleting_a_small_function_is_not() -> None:
    # 5 of 8 lines are more than half, but fewer than 6.
    small = "def unused():\n    a = 1\n    b = 2\n    c = 3\n    return a\n"
    assert not mass_deletion(candidate(small + lines(3), lines(3)), CONFIG)


def test_blank_lines_do_not_count() -> None:
    assert not mass_deletion(candidate(lines(5) + 20 * "\n" + 9 * "  \n", lines(5)), CONFIG)
    spaced = lines(12, "value_{} = {}\n")
    assert mass_deletion(candidate(spaced, lines(5) + 15 * "\n"), CONFIG)


def test_rewriting_and_indenting_delete_nothing() -> None:
    assert not mass_deletion(candidate(lines(20), lines(20, "other_{} = {}")), CONFIG)
    wrapped = "if ready:\n" + lines(20, "    value_{} = {}")
    assert not mass_deletion(candidate(lines(20), wrapped), CONFIG)


def test_emptying_a_region_of_substance_is_mass_deletion() -> None:
    assert mass_deletion(candidate(lines(3), ""), CONFIG)
    assert mass_deletion(candidate(lines(3), "\n  \n"), CONFIG)
    assert not mass_deletion(candidate(lines(2), ""), CONFIG)
    assert not mass_deletion(candidate(lines(3), "x\n"), CONFIG)


def test_an_empty_region_has_nothing_to_delete() -> None:
    assert not mass_deletion(candidate("", ""), CONFIG)
    assert not mass_deletion(candidate("\n\n\n\n\n\n\n", ""), CONFIG)


# repetition_loop


def test_repeated_lines_and_repeated_words_are_loops() -> None:
    assert repetition_loop(candidate("a\n", "a\n" + 4 * "    return a\n"), CONFIG)
    assert repetition_loop(candidate("a\n", "a = " + 60 * "not " + "\n"), CONFIG)


def test_the_line_directly_above_counts() -> None:
    new = 3 * "    x += 1\n"
    assert repetition_loop(candidate("\n", new, above="def f():\n    x += 1\n"), CONFIG)
    assert not repetition_loop(candidate("\n", new, above="    x += 1\ndef f():\n"), CONFIG)


def test_a_table_is_no_loop() -> None:
    old = "MATRIX = [\n" + 4 * "    [0, 0, 0, 0],\n"
    assert not repetition_loop(candidate(old, old + 2 * "    [0, 0, 0, 0],\n" + "]\n"), CONFIG)
    assert not repetition_loop(candidate("[\n", "[\n" + lines(9, "    ({}, {}, None),")), CONFIG)


# reverts_last_edit

TYPED = event("@@ -1,2 +1,3 @@\n a()\n+b()\n c()\n")
REMOVED = ("a()\nb()\nc()\n", "a()\nc()\n")


def test_removing_what_was_just_typed_reverts_it() -> None:
    assert reverts_last_edit(candidate(*REMOVED, events=(TYPED,)), CONFIG)


def test_removing_an_accepted_prediction_does_not() -> None:
    accepted = event(TYPED.diff, predicted=True)
    assert not reverts_last_edit(candidate(*REMOVED, events=(accepted,)), CONFIG)


def test_going_on_after_a_predicted_event_does_not() -> None:
    accepted = event(TYPED.diff, predicted=True)
    going_on = candidate(REMOVED[0], "a()\nb(1)\nc(1)\n", events=(accepted,))
    assert not reverts_last_edit(going_on, CONFIG)


def test_a_ratio_at_the_threshold_is_let_through() -> None:
    # Removes the 4 typed characters and inserts 4 others elsewhere: 4 of 8.
    both = candidate(REMOVED[0], "a()\nc()\nd()\n", events=(TYPED,))
    assert not reverts_last_edit(both, CONFIG)
    assert not reverts_last_edit(both, JudgeConfig(max_reversal_ratio=0.5))
    assert reverts_last_edit(both, JudgeConfig(max_reversal_ratio=0.49))


def test_the_edit_is_seen_in_its_place_in_the_excerpt() -> None:
    # The region is the typed line alone; above and below must be put around it.
    typed = candidate("b()\n", "", above="a()\n", below="c()\n", events=(TYPED,))
    assert reverts_last_edit(typed, CONFIG)
    assert typed.predicted_excerpt == "a()\nc()\n"


@pytest.mark.parametrize(
    ("config", "judged", "suppressor"),
    [
        (JudgeConfig(mass_deletion_rate=0.9), candidate(lines(12), lines(5)), mass_deletion),
        (JudgeConfig(mass_deletion_lines=8), candidate(lines(12), lines(5)), mass_deletion),
        (JudgeConfig(emptied_region_lines=4), candidate(lines(3), ""), mass_deletion),
        (JudgeConfig(repetition_count=5), candidate("", 4 * "a\n"), repetition_loop),
        (JudgeConfig(repetition_block_lines=1), candidate("", 4 * "a\nb\n"), repetition_loop),
        (JudgeConfig(repetition_tail_chars=300), candidate("", 60 * "not "), repetition_loop),
    ],
)
def test_each_threshold_can_be_raised(
    config: JudgeConfig, judged: Candidate, suppressor: Callable[[Candidate, JudgeConfig], bool]
) -> None:
    assert suppressor(judged, CONFIG)
    assert not suppressor(judged, config)
