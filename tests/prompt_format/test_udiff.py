"""Unified diffs: written, read, reversed and applied by content."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompt_format import InvalidPatch
from prompt_format.udiff import apply_hunks, read_hunks, reverse, write_udiff

TEXTS = st.lists(st.text(st.sampled_from("ab -+@é"), max_size=5), min_size=1, max_size=12).map(
    lambda lines: "".join(line + "\n" for line in lines)
)


@given(old=TEXTS, new=TEXTS, first_row=st.integers(0, 50))
@settings(max_examples=200, deadline=None)
def test_a_written_diff_applies_and_reverses(old: str, new: str, first_row: int) -> None:
    hunks = read_hunks(write_udiff("a.py", old, new, first_row))
    assert apply_hunks(old, hunks, first_row) == new
    assert apply_hunks(new, tuple(reverse(hunk) for hunk in hunks), first_row) == old


def test_the_header_alone_says_that_nothing_changes() -> None:
    assert write_udiff("a.py", "x\n", "x\n", 4) == "--- a/a.py\n+++ b/a.py\n"
    assert read_hunks("--- a/a.py\n+++ b/a.py\n") == ()


@pytest.mark.parametrize(("line", "row"), [(1, 0), (4, 3), (5, 3), (9, 6)])
def test_the_line_number_only_chooses_between_equal_places(line: int, row: int) -> None:
    text = "x\na\nb\n" * 3
    patch = f"@@ -{line},2 +{line},2 @@\n x\n-a\n+c\n"
    lines = text.splitlines(keepends=True)
    lines[row + 1] = "c\n"
    assert apply_hunks(text, read_hunks(patch)) == "".join(lines)


def test_a_last_line_without_newline_stays_without() -> None:
    assert apply_hunks("a\nb", read_hunks("@@ -2,1 +2,1 @@\n-b\n+c\n")) == "a\nc"
    assert apply_hunks("a\nb", read_hunks("@@ -1,2 +1,2 @@\n-a\n+c\n b\n")) == "c\nb"


def test_lines_after_a_last_line_without_newline_stand_below_it() -> None:
    assert apply_hunks("a\nb", read_hunks("@@ -9,0 +9,1 @@\n+c\n")) == "a\nb\nc"
    assert apply_hunks("a\nb", read_hunks("@@ -2,1 +2,2 @@\n b\n+c\n")) == "a\nb\nc"


def test_an_empty_text_can_be_filled_and_a_text_emptied() -> None:
    assert apply_hunks("", read_hunks("@@ -0,0 +1,2 @@\n+a\n+b\n")) == "a\nb\n"
    assert apply_hunks("a\nb\n", read_hunks("@@ -1,2 +0,0 @@\n-a\n-b\n")) == ""


@pytest.mark.parametrize("header", ["@@ -2,0 +3,1 @@", "@@ -2,00 +3 @@"])
def test_a_side_without_lines_stands_behind_its_line_number(header: str) -> None:
    hunks = read_hunks(f"{header}\n+new\n")
    assert apply_hunks("a\nb\nc\n", hunks) == "a\nb\nnew\nc\n"
    assert apply_hunks("c\na\nb\nc\n", hunks, 9) == "new\nc\na\nb\nc\n"
    [deleted] = read_hunks("@@ -3,1 +2,0 @@\n-new\n")
    assert apply_hunks("a\nb\nc\n", (reverse(deleted),)) == "a\nb\nnew\nc\n"


def test_empty_context_may_have_lost_its_blank() -> None:
    patch = "@@ -1,4 +1,4 @@\n\n a\n\n-b\n+c\n\n@@ -6,1 +6,1 @@\n-d\n+e\n\n"
    assert apply_hunks("\na\n\nb\nx\nd\n", read_hunks(patch)) == "\na\n\nc\nx\ne\n"


def test_later_hunks_count_what_earlier_ones_added() -> None:
    text = "x\n" * 20
    patch = "@@ -2,1 +2,3 @@\n-x\n+a\n+a\n+a\n@@ -9,1 +11,1 @@\n-x\n+b\n"
    lines = ["x\n", *["a\n"] * 3, *["x\n"] * 6, "b\n", *["x\n"] * 11]
    assert apply_hunks(text, read_hunks(patch)) == "".join(lines)


def test_a_header_with_an_endless_number_is_read() -> None:
    [hunk] = read_hunks(f"@@ -{'1' * 5000},1 +1,1 @@\n-a\n+b\n")
    assert apply_hunks("a\n", (hunk,)) == "b\n"


def test_deleted_and_added_dashes_are_no_file_header() -> None:
    patch = "--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n--- old\n+++ new\n"
    assert apply_hunks("-- old\n", read_hunks(patch)) == "++ new\n"


@pytest.mark.parametrize(
    "patch",
    ["no diff at all", "@@ -1,1 +1,1 @@\n-a\n+b\n!c\n"],
)
def test_malformed_diffs_are_refused(patch: str) -> None:
    with pytest.raises(InvalidPatch):
        read_hunks(patch)


def test_a_diff_of_another_text_is_refused() -> None:
    with pytest.raises(InvalidPatch):
        apply_hunks("a\n", read_hunks("@@ -1,1 +1,1 @@\n-secret\n+b\n"))
