"""Differences as edits."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompt_format import TextEdit, apply_edits, diff_edits, minimal_edits

TEXTS = st.lists(st.text(st.sampled_from("ab é😀(,)="), max_size=8), max_size=12).map("\n".join)


@given(old=TEXTS, new=TEXTS)
@settings(max_examples=200, deadline=None)
def test_edits_lead_from_old_to_new(old: str, new: str) -> None:
    for edits in (diff_edits(old, new), minimal_edits(old, new)):
        assert apply_edits(old, edits) == new
        assert all(old.encode()[e.start : e.end].decode() == e.old_text for e in edits)
        assert all(one.end < other.start for one, other in pairwise(edits))
        assert all(edit.old_text != edit.new_text for edit in edits)


@given(old=TEXTS, new=TEXTS)
@settings(max_examples=100, deadline=None)
def test_minimal_edits_share_no_ends(old: str, new: str) -> None:
    for edit in minimal_edits(old, new):
        if edit.old_text and edit.new_text:
            assert edit.old_text[0] != edit.new_text[0]
            assert edit.old_text[-1] != edit.new_text[-1]


@pytest.mark.parametrize(
    ("old", "new", "edits"),
    [
        ("ret\n", "return a + b\n", (TextEdit(3, 3, "", "urn a + b"),)),
        ("é = 1\n", "é = 12\n", (TextEdit(6, 6, "", "2"),)),
        ("a(x)\n", "b(y)\n", (TextEdit(0, 1, "a", "b"), TextEdit(2, 3, "x", "y"))),
        ("a\nb\nc\n", "a\nc\n", (TextEdit(2, 4, "b\n", ""),)),
        ("", "x", (TextEdit(0, 0, "", "x"),)),
        ("same", "same", ()),
    ],
)
def test_edits_are_as_small_as_a_person_would_make_them(
    old: str, new: str, edits: tuple[TextEdit, ...]
) -> None:
    assert minimal_edits(old, new) == edits


def test_large_blocks_are_not_refined() -> None:
    old = "".join(f"a{number}\n" for number in range(9))
    [edit] = diff_edits(old, old.replace("a", "b"))
    assert (edit.start, edit.end) == (0, len(old))


def test_time_is_bounded_for_texts_that_have_nothing_in_common() -> None:
    old = "".join(f"old {number}\n" for number in range(5000))
    new = "".join(f"new {number}\n" for number in range(5000))
    started = time.perf_counter()
    assert apply_edits(old, minimal_edits(old, new)) == new
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\nb\n" * 900, "b\na\na\n" * 600),
        ("}\n" * 1900, "}\nx\n" * 950),
        ("x(" * 200, ")(" * 250),
        ("().\n" * 8, ")(" * 250),
    ],
    ids=["alternating", "sparse", "brackets", "short"],
)
def test_time_is_bounded_for_texts_that_repeat_themselves(old: str, new: str) -> None:
    started = time.perf_counter()
    assert apply_edits(old, minimal_edits(old, new)) == new
    assert time.perf_counter() - started < 2


def test_distant_changes_of_a_long_text_stay_apart() -> None:
    lines = [f"line {number}\n" if number % 5 else "\n" for number in range(900)]
    old = "".join(lines)
    lines[7], lines[893] = "x\n", "y\n"
    assert [edit.new_text for edit in diff_edits(old, "".join(lines))] == ["x", "y"]
