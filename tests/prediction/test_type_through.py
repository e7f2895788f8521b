"""What is left of a prediction is exact, or nothing: every way through it, and every way off it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prediction.type_through import Rest, Standing, rest_of
from prompt_format import Edit, PromptInput, TextRange, minimal_edits

BEFORE = "import json\n\n"
AFTER = "\n\nprint(total)\n"


def state(
    region: str, cursor: int, *, before: str = BEFORE, after: str = AFTER, row: int = 0
) -> PromptInput:
    """A file whose region reads like this; ``cursor`` counts from the region's start."""
    text = before + region + after
    return PromptInput(
        cursor_path="a.py",
        cursor_excerpt=text,
        cursor_offset_in_excerpt=len((before + region[:cursor]).encode()),
        excerpt_start_row=row,
    )


def standing(region: str, new_text: str, cursor: int | None = None) -> Standing:
    start = len(BEFORE.encode())
    at = TextRange(start=start, end=start + len(region.encode()))
    given = state(region, len(region) if cursor is None else cursor)
    return Standing(given, Edit(at, new_text, len(new_text.encode())))


def done(rest: Rest | None, now: PromptInput) -> str | None:
    """The whole excerpt after the rest was done."""
    if rest is None:
        return None
    at = rest.edit.editable_range
    text = now.excerpt_bytes
    assert text[at.start : at.end].decode() == rest.region
    return (text[: at.start] + rest.edit.new_text.encode() + text[at.end :]).decode()


def after(prediction: Standing, region: str, cursor: int | None = None) -> str | None:
    now = state(region, len(region) if cursor is None else cursor)
    return done(rest_of(prediction, now), now)


def test_every_key_of_a_predicted_line_leaves_the_rest_of_it() -> None:
    old, new = "total = s", "total = sum(é for é in items)"
    prediction = standing(old, new)
    for length in range(len(old) + 1, len(new)):
        assert after(prediction, new[:length]) == BEFORE + new + AFTER
    assert after(prediction, new) is None, "nothing is left"


@pytest.mark.parametrize("typed", ["total = sx", "total = sun", "total = ", "tota", "other = s"])
def test_the_first_contradiction_ends_it(typed: str) -> None:
    assert after(standing("total = s", "total = sum(items)"), typed) is None


def test_a_bracket_that_the_editor_closes_is_part_of_the_prediction() -> None:
    prediction = standing("total = sum", "total = sum(items)")
    assert after(prediction, "total = sum()", 12) == BEFORE + "total = sum(items)" + AFTER
    assert after(prediction, "total = sum(it)", 14) == BEFORE + "total = sum(items)" + AFTER
    assert after(prediction, "total = sum(]", 12) is None


def test_a_new_line_that_was_opened_for_it_is_part_of_it() -> None:
    prediction = standing("def f():\n    pass", "def f():\n    x = 1\n    pass", cursor=8)
    opened = "def f():\n    \n    pass"
    assert after(prediction, opened, 13) == BEFORE + "def f():\n    x = 1\n    pass" + AFTER


def test_what_is_replaced_may_be_deleted_first_or_typed_over() -> None:
    prediction = standing("x = foo + 1", "x = quux + 1", cursor=7)
    whole = BEFORE + "x = quux + 1" + AFTER
    for region, cursor in (
        ("x = fo + 1", 6),
        ("x =  + 1", 4),
        ("x = qu + 1", 6),
        ("x = qufoo + 1", 6),
        ("x = quoo + 1", 6),
    ):
        assert after(prediction, region, cursor) == whole
    assert after(prediction, "x = foox + 1", 8) is None


def test_of_several_changes_those_above_may_be_done() -> None:
    prediction = standing("a = 1\nb = 1\nc = 1", "a = 2\nb = 1\nc = 2", cursor=5)
    assert after(prediction, "a = 2\nb = 1\nc = 1", 5) == BEFORE + "a = 2\nb = 1\nc = 2" + AFTER
    assert after(prediction, "a = 1\nb = 1\nc = 2", 17) is None, "out of order"


def test_the_same_state_has_the_same_answer_but_not_from_elsewhere() -> None:
    prediction = standing("total = s", "total = sum(items)")
    assert after(prediction, "total = s") == BEFORE + "total = sum(items)" + AFTER
    assert after(prediction, "total = s", 2) is None


def test_the_excerpt_may_begin_and_end_at_other_rows() -> None:
    prediction = standing("total = s", "total = sum(items)")
    now = state("total = su", 10, before="\n", after="\n\nprint(total)\nmore\n", row=1)
    assert done(rest_of(prediction, now), now) == "\ntotal = sum(items)\n\nprint(total)\nmore\n"
    elsewhere = state("total = su", 10, row=1)
    assert rest_of(prediction, elsewhere) is None


def test_a_change_anywhere_else_ends_it() -> None:
    prediction = standing("total = s", "total = sum(items)")
    for changed in (
        state("total = su", 10, before="import sys_\n\n"),
        state("total = su", 10, after="\n\nprint(totals)\n"),
        state("total = su", 10).model_copy(update={"cursor_path": "b.py"}),
    ):
        assert rest_of(prediction, changed) is None


lines = st.text("ab(\n ", max_size=16)


@given(lines, lines, st.data())
def test_a_rest_always_leads_to_what_was_predicted(old: str, new: str, data: st.DataObject) -> None:
    prediction = standing(old, new, cursor=0)
    region = data.draw(lines | st.just(new) | st.sampled_from([old[:1] + new, new + old]))
    cursor = data.draw(st.integers(0, len(region)))
    now = state(region, cursor)
    rest = rest_of(prediction, now)
    if rest is not None:
        assert done(rest, now) == BEFORE + new + AFTER


@given(lines, lines)
def test_who_carries_it_out_key_by_key_is_never_contradicted(old: str, new: str) -> None:
    edits = minimal_edits(old, new)
    prediction = standing(old, new, cursor=0)
    source, text, done_up_to = old, "", 0
    for edit in edits:
        text += source[done_up_to : edit.start]
        left = source[edit.end :]
        for typed in range(1, len(edit.new_text)):
            region = text + edit.new_text[:typed] + edit.old_text + left
            if region not in (old, new):
                assert after(prediction, region, len(text) + typed) == BEFORE + new + AFTER
        text, done_up_to = text + edit.new_text, edit.end
