"""What counts as a leaked marker, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.markers import leaked_markers


@pytest.mark.parametrize(
    "marker",
    [
        "<|marker_1|>",
        "<|marker_12",
        "<|marker-0|>",
        "<|marker+2|>",
        "<|marker_aB-_|>",
        "<|user_cursor|>",
        "<|user_cursor_is_here|>",
        "<|editable_region_start|>",
        "<|editable_region_end|>",
        "<|start_of_file|>",
        "<|code_to_edit|>",
        "<|/code_to_edit|>",
        "<|cursor|>",
        "<|edit_diff_history|>",
        "<|recently_viewed_code_snippet|>",
        "<|/recently_viewed_code_snippets|>",
        "<|fim_prefix|>",
        "<|fim_middle|>",
        "<|file_sep|>",
        "<|endoftext|>",
        "<|im_end|>",
        "<[fim-suffix]>",
        "<[end▁of▁sentence]>",
        "<\uff5cfim▁hole\uff5c>",
        "<fim_middle>",
        "<file_sep>",
        "<<<<<<< CURRENT",
        ">>>>>>> UPDATED",
        "NO_EDITS",
    ],
)
def test_markers_are_found(marker: str) -> None:
    assert leaked_markers("a\n", f"a\n{marker}\nb\n") == {marker}
    # What stood in the region already is the user's own.
    assert leaked_markers(f"a\n{marker}\n", f"a\n{marker}\nb\n") == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "let y = xs <| List.map (|x|> x)",
        "x <|insert the row|> y",
        "a <|> b <|marker",
        "type T = <file>",
        "if NO_EDITS: return",
        "x = [NO_EDITS, SOME]",
        ">>>>>>> feature-branch",
        "    >>>>>>> UPDATED in a sentence",
        "<[1, 2]>",
        "<|>",
    ],
)
def test_look_alikes_are_not(text: str) -> None:
    assert leaked_markers("", text) == frozenset()


def test_another_marker_than_the_one_that_stood_there_is_leaked() -> None:
    assert leaked_markers("<|marker_1|>", "<|marker_1|> <|marker_2|>") == {"<|marker_2|>"}


def test_the_tokens_of_the_format_are_markers() -> None:
    tokens = ("<filename>", "=======\n")
    assert leaked_markers("", "<filename>a.py", tokens) == {"<filename>"}
    assert leaked_markers("", "<filename>a.py") == frozenset()
    assert leaked_markers("<filename>", "<filename>a.py", tokens) == frozenset()


def test_a_token_that_ends_in_a_newline_counts_as_a_whole_line() -> None:
    tokens = ("=======\n",)
    assert leaked_markers("", "a\n=======\nb", tokens) == {"=======\n"}
    assert leaked_markers("", "a\n=======", tokens) == {"=======\n"}
    assert leaked_markers("", "Title\n=========\n", tokens) == frozenset()


@given(st.text(), st.text())
def test_text_that_stays_never_leaks(old: str, added: str) -> None:
    assert leaked_markers(old + added, old + added) == frozenset()
    assert leaked_markers(old, added).isdisjoint(leaked_markers("", old))
