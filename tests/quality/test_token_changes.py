"""Token changes: units worked out by hand, run by run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompt_format.errors import InvalidPatch
from prompt_format.udiff import write_udiff
from quality.token_changes import TokenChanges, token_changes


def test_a_line_that_grows_inserts_only_what_is_new() -> None:
    # "return", " ", "0", "\n" -> "return", " ", "sum", "(", "items", ")", "\n": 0 goes, 4 come.
    patch = "@@ -1,1 +1,1 @@\n-return 0\n+return sum(items)\n"
    assert token_changes(patch) == TokenChanges(inserted=4, deleted=1)
    assert token_changes(patch).total == 5


def test_runs_are_compared_one_by_one() -> None:
    # Moved over a line of context: each run has nothing in common. "x" and "\n" twice.
    patch = "@@ -1,2 +1,2 @@\n-x\n y\n+x\n"
    assert token_changes(patch) == TokenChanges(inserted=2, deleted=2)


def test_the_cursor_is_no_token() -> None:
    assert token_changes("@@ -0,0 +1,1 @@\n+x<|user_cursor|>\n") == TokenChanges(2, 0)


def test_a_header_changes_nothing() -> None:
    assert token_changes("--- a/x\n+++ b/x\n") == TokenChanges(0, 0)


def test_what_is_no_patch_is_refused() -> None:
    with pytest.raises(InvalidPatch):
        token_changes("no patch")


@given(st.text(alphabet="ab +\n", max_size=30), st.text(alphabet="ab +\n", max_size=30))
def test_swapping_the_sides_swaps_the_counts(old: str, new: str) -> None:
    there = token_changes(write_udiff("x", old, new, 0))
    back = token_changes(write_udiff("x", new, old, 0))
    assert there.inserted >= 0 and there.deleted >= 0
    if old.strip() == new.strip() == "":
        return
    assert (there.total > 0) == (back.total > 0)
