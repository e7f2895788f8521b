"""Regions as text and as patches: for every region and edit, both ways give the same text."""

from hypothesis import given
from hypothesis import strategies as st

from prompt_format import Edit, PromptInput, TextRange
from prompt_format.udiff import apply_hunks, read_hunks
from tests.training.inputs import prompt_input
from training.regions import patch_of_region, region_after

TEXT = prompt_input("one\ntwo\nthree^\nfour\n")
CHARS = st.text(alphabet="ab\nö€ ", max_size=24)


def _range(text: str, part: str) -> TextRange:
    start = text.encode().index(part.encode())
    return TextRange(start=start, end=start + len(part.encode()))


def _region(part: str) -> TextRange:
    return _range(TEXT.cursor_excerpt, part)


def test_an_edit_of_a_larger_range() -> None:
    edit = Edit(_region("one\ntwo\nthree\n"), "one\n2\nthree\n")
    assert region_after(TEXT, _region("two"), edit) == "2"


def test_an_edit_elsewhere() -> None:
    assert region_after(TEXT, _region("two"), Edit(_region("three"), "3")) is None


def test_no_change_leaves_any_region_as_it_is() -> None:
    assert region_after(TEXT, _region("two"), Edit(_region("three"), "three")) == "two"


def test_a_line_added_at_either_edge_is_in_the_region() -> None:
    added = Edit(_region("one\ntwo\nthree"), "one\ntwo\nmore\nthree")
    assert region_after(TEXT, _region("two"), added) == "two\nmore"
    assert region_after(TEXT, _region("three"), added) == "more\nthree"


@given(before=CHARS, old=CHARS, new=CHARS, after=CHARS, wide=st.booleans())
def test_the_region_after_its_own_edit_is_the_new_text(
    before: str, old: str, new: str, after: str, wide: bool
) -> None:
    text = before + old + after
    given_input = PromptInput(cursor_path="a", cursor_excerpt=text, cursor_offset_in_excerpt=0)
    start = len(before.encode())
    region = TextRange(start=start, end=start + len(old.encode()))
    edit = Edit(region, new)
    if wide:
        edit = Edit(TextRange(start=0, end=len(text.encode())), before + new + after)
    assert region_after(given_input, region, edit) == new


@given(before=CHARS, old=CHARS, new=CHARS, after=CHARS, first_row=st.integers(0, 50))
def test_the_patch_makes_the_same_text(
    before: str, old: str, new: str, after: str, first_row: int
) -> None:
    """The end of the file's last line aside: a patch writes every line with a newline."""
    text = before + old + after
    given_input = PromptInput(
        cursor_path="a",
        cursor_excerpt=text,
        cursor_offset_in_excerpt=0,
        excerpt_start_row=first_row,
    )
    start = len(before.encode())
    patch = patch_of_region(given_input, TextRange(start=start, end=start + len(old.encode())), new)
    if old == new:
        assert patch == "--- a/a\n+++ b/a\n"
    changed = apply_hunks(text, read_hunks(patch), first_row)
    assert changed.rstrip("\n") == (before + new + after).rstrip("\n")


def test_the_cursor_is_marked() -> None:
    patch = patch_of_region(TEXT, _region("two"), "twenty", 2)
    assert (
        patch
        == "--- a/shop/area.py\n+++ b/shop/area.py\n@@ -2,1 +2,1 @@\n-two\n+tw<|user_cursor|>enty\n"
    )
