"""Cutting a region into blocks, and reading which of them the model rewrote."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompt_format import NoEdit
from prompt_format.markers import MarkedSpan, block_boundaries, read_marked_span

TEXTS = st.lists(st.sampled_from(["", "  ", "x = 1", "}", "é", "return;"]), max_size=60).map(
    "\n".join
)


@given(text=TEXTS)
@settings(max_examples=200, deadline=None)
def test_boundaries_ascend_at_line_starts(text: str) -> None:
    found = block_boundaries(text)
    encoded = text.encode()
    assert (found[0], found[-1]) == (0, len(encoded))
    assert all(one < other for one, other in pairwise(found)) or not text
    assert all(encoded[at - 1 : at] == b"\n" for at in found[1:-1])


def test_a_block_ends_at_a_blank_line_once_it_is_long_enough() -> None:
    block = "a = 1\n" * 6
    text = block + "\n" + "b = 2\n" * 6
    assert block_boundaries(text) == (0, len(block) + 1, len(text))
    assert block_boundaries("a = 1\n" * 4 + "\n" + "b = 2\n" * 6)[1:-1] == ()
    assert block_boundaries(block + "\n" + "b = 2\n" * 5)[1:-1] == ()


def test_a_long_block_is_cut_where_something_opens() -> None:
    head = "a = 1\n" * 16
    assert block_boundaries(head + "b = 2\n" * 3)[1] == len(head)
    assert block_boundaries(head + "}\n)\nb = 2\n" * 3)[1] == len(head + "}\n)\n")
    assert block_boundaries(head + "}\n" * 9)[1] == len(head)


def test_an_empty_text_has_one_empty_block() -> None:
    assert block_boundaries("") == (0, 0)


@pytest.mark.parametrize(
    ("output", "span"),
    [
        ("<|marker_1|>x\n<|marker_2|>", MarkedSpan(1, 2, "x\n")),
        ("ignored<|marker_1|>x<|marker_2|>y<|marker_3|>ignored", MarkedSpan(1, 3, "xy")),
        ("<|marker_1|>x<|marker_3|>", MarkedSpan(1, 3, "x")),
        ("<|marker_2|><|marker_2|>", MarkedSpan(2, 2, "")),
    ],
)
def test_the_text_between_first_and_last_tag_is_the_span(output: str, span: MarkedSpan) -> None:
    assert read_marked_span(output, 3) == span


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("nothing", "markers_missing"),
        ("<|marker_1|>x", "markers_missing"),
        ("<|marker_0|>x<|marker_1|>", "markers_out_of_range"),
        ("<|marker_1|>x<|marker_4|>", "markers_out_of_range"),
        ("<|marker_2|>x<|marker_1|>", "markers_out_of_order"),
        ("<|marker_x|>x<|marker_-1|>", "markers_missing"),
        (f"<|marker_1|>x<|marker_{'1' * 5000}|>", "markers_missing"),
        ("<|marker_1|>x<|marker_٢|>", "markers_missing"),
    ],
)
def test_other_outputs_have_a_reason(output: str, reason: str) -> None:
    answer = read_marked_span(output, 3)
    assert isinstance(answer, NoEdit)
    assert answer.reason == reason
