"""Excerpts, editable and context ranges. Their exact values are in the vectors."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompt_format import (
    InvalidRange,
    PromptInput,
    TextRange,
    cursor_excerpt_range,
    excerpt_ranges,
)
from prompt_format.regions import editable_and_context
from tests.prompt_format.examples import at_cursor, cart

LINES = st.lists(st.text(st.sampled_from("ab é😀{}\t"), max_size=40), max_size=120)


def is_row_range(text: bytes, found: TextRange) -> bool:
    starts = found.start == 0 or text[found.start - 1 : found.start] == b"\n"
    ends = found.end == len(text) or text[found.end : found.end + 1] == b"\n"
    return starts and ends


@given(lines=LINES, data=st.data())
@settings(max_examples=100, deadline=None)
def test_ranges_are_whole_rows_around_the_cursor(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    offsets = sorted({len(text[:index].encode()) for index in range(len(text) + 1)})
    cursor = data.draw(st.sampled_from(offsets))
    ends = st.sampled_from(offsets)
    nodes = data.draw(st.lists(st.tuples(ends, ends).map(sorted), max_size=5))
    prompt_input = PromptInput(
        cursor_path="a.py",
        cursor_excerpt=text,
        cursor_offset_in_excerpt=cursor,
        syntax_ranges=tuple(TextRange(start=start, end=end) for start, end in nodes),
    )
    ranges = excerpt_ranges(prompt_input)
    for name in type(ranges).model_fields:
        found = getattr(ranges, name)
        assert is_row_range(text.encode(), found)
        assert found.start <= cursor <= found.end
    assert ranges.editable_350_context_150.contains(ranges.editable_350)
    assert editable_and_context(prompt_input, 350, 150) == (
        ranges.editable_350,
        ranges.editable_350_context_150,
    )


def test_the_clients_ranges_are_taken_where_there_is_no_syntax() -> None:
    given_ranges = excerpt_ranges(cart()).model_copy(
        update={
            "editable_350": TextRange(start=128, end=185),
            "editable_350_context_150": TextRange(start=23, end=226),
        }
    )
    with_ranges = cart(excerpt_ranges=given_ranges.model_dump())
    assert editable_and_context(with_ranges, 350, 150)[0] == TextRange(start=128, end=185)
    with_both = cart(excerpt_ranges=given_ranges.model_dump(), syntax_ranges=[])
    assert editable_and_context(with_both, 350, 150)[0] != TextRange(start=128, end=185)


def test_an_excerpt_spends_its_budget_evenly() -> None:
    text = b"".join(b"%029d\n" % row for row in range(10_000))
    cursor = 5_000 * 30 + 3
    found = cursor_excerpt_range(text, cursor)
    num_rows = (found.end + 1 - found.start) // 30
    assert num_rows == 8192 // (29 // 3)
    assert abs((cursor - found.start) - (found.end - cursor)) < 60
    assert is_row_range(text, found)


@given(lines=LINES, max_tokens=st.integers(1, 60), data=st.data())
@settings(max_examples=100, deadline=None)
def test_an_excerpt_never_exceeds_its_budget_but_for_the_cursors_row(
    lines: list[str], max_tokens: int, data: st.DataObject
) -> None:
    text = "\n".join(lines).encode()
    cursor = data.draw(st.integers(0, len(text)))
    found = cursor_excerpt_range(text, cursor, max_tokens)
    rows = text[found.start : found.end].split(b"\n")
    assert len(rows) == 1 or sum(max(1, len(row) // 3) for row in rows) <= max_tokens
    assert found.start <= cursor <= found.end
    assert is_row_range(text, found)


@given(
    lengths=st.lists(st.sampled_from([0, 1, 4, 5, 5, 6, 30]), max_size=150),
    max_tokens=st.integers(1, 40),
    data=st.data(),
)
@settings(max_examples=150, deadline=None)
def test_rows_that_are_not_looked_at_change_nothing(
    lengths: list[int], max_tokens: int, data: st.DataObject
) -> None:
    rows = [b"x" * length for length in lengths] or [b""]
    text = b"\n".join(rows)
    row = data.draw(st.integers(0, len(rows) - 1))
    before = len(b"".join(each + b"\n" for each in rows[:row]))
    cursor = before + data.draw(st.integers(0, len(rows[row])))
    first, last = all_rows_walked(rows, row, max_tokens)
    found = cursor_excerpt_range(text, cursor, max_tokens)
    assert text[found.start : found.end] == b"\n".join(rows[first : last + 1])


def all_rows_walked(rows: list[bytes], row: int, left: int) -> tuple[int, int]:
    """One row down and one up in turn, as the protocol's description has it."""
    first = last = row
    left -= max(1, len(rows[row]) // 3)
    down = True
    while left > 0 and (first, last) != (0, len(rows) - 1):
        next_row = last + 1 if down else first - 1
        if 0 <= next_row < len(rows):
            cost = max(1, len(rows[next_row]) // 3)
            if cost > left:
                break
            left -= cost
            first, last = min(first, next_row), max(last, next_row)
        down = not down
    return first, last


def test_only_rows_near_the_cursor_are_looked_at() -> None:
    text = b"x = 1\n" * 1_000_000
    started = time.perf_counter()
    for _ in range(20):
        cursor_excerpt_range(text, 3_000_000)
    assert time.perf_counter() - started < 2
    prompt_input = at_cursor("x = 1\n" * 500_000 + "‸" + "x = 1\n" * 500_000)
    for _ in range(40):
        excerpt_ranges(prompt_input)
    assert time.perf_counter() - started < 2


@given(
    lengths=st.lists(st.sampled_from([0, 4, 5, 5, 30, 300]), min_size=1, max_size=20),
    nodes=st.lists(st.tuples(*[st.sampled_from([0, 90, 400, 700, 1100, 9000])] * 2), max_size=4),
    cursor=st.integers(25_000, 35_000),
)
@settings(max_examples=60, deadline=None)
def test_ranges_do_not_depend_on_what_is_far_away(
    lengths: list[int], nodes: list[tuple[int, int]], cursor: int
) -> None:
    rows = "".join("x" * length + "\n" for length in lengths)
    text = (rows * (60_000 // len(rows) + 1))[:60_000]
    start = text.index("\n", cursor - 3_600) + 1
    end = text.index("\n", cursor + 3_600)
    whole = PromptInput(
        cursor_path="a.py",
        cursor_excerpt=text,
        cursor_offset_in_excerpt=cursor,
        syntax_ranges=tuple(
            TextRange(start=cursor - above, end=cursor + below) for above, below in sorted(nodes)
        ),
    )
    near = PromptInput(
        cursor_path="a.py",
        cursor_excerpt=text[start:end],
        cursor_offset_in_excerpt=cursor - start,
        syntax_ranges=tuple(
            TextRange(start=max(0, node.start - start), end=min(node.end, end) - start)
            for node in whole.syntax_ranges or ()
        ),
    )
    for editable_tokens, context_tokens in ((350, 150), (150, 350), (20, 5)):
        in_whole = editable_and_context(whole, editable_tokens, context_tokens)
        in_near = editable_and_context(near, editable_tokens, context_tokens)
        assert in_whole == tuple(found.shifted(start) for found in in_near)


@pytest.mark.parametrize(
    ("node", "rows"),
    [
        ((0, 20), (7, 14)),  # Evenly 8 to 13 for 6 of 8 tokens; two are left, upwards first.
        ((6, 13), (6, 13)),
        ((5, 13), (7, 14)),
        ((6, 10), (6, 13)),
        ((10, 15), (8, 15)),
        ((10, 16), (7, 14)),
        ((5, 10), (7, 14)),
    ],
)
def test_a_node_is_taken_if_what_is_left_pays_for_it(
    node: tuple[int, int], rows: tuple[int, int]
) -> None:
    prompt_input = PromptInput(
        cursor_path="a.py",
        cursor_excerpt="x\n" * 40,
        cursor_offset_in_excerpt=2 * 10,
        syntax_ranges=(TextRange(start=2 * node[0], end=2 * node[1]),),
    )
    editable, _context = editable_and_context(prompt_input, 8, 0)
    assert editable == TextRange(start=2 * rows[0], end=2 * rows[1] + 1)


def test_client_ranges_must_nest() -> None:
    ranges = excerpt_ranges(cart()).model_dump()
    for context in ({"start": 128, "end": 184}, {"start": 129, "end": 185}):
        changed = {"editable_350": {"start": 128, "end": 185}, "editable_350_context_150": context}
        with pytest.raises(InvalidRange, match="excerpt_ranges"):
            editable_and_context(cart(excerpt_ranges=ranges | changed), 350, 150)


def test_a_row_longer_than_the_budget_is_the_whole_excerpt() -> None:
    text = b"a\n" + b"x" * 1_000_000 + b"\nb"
    assert cursor_excerpt_range(text, 500_000) == TextRange(start=2, end=1_000_002)


def test_the_farthest_row_that_fits_is_looked_at() -> None:
    text = b"12345\n" * 100
    assert cursor_excerpt_range(text, 0, 40) == TextRange(start=0, end=40 * 6 - 1)
    assert cursor_excerpt_range(text, 600, 40) == TextRange(start=600 - 39 * 6, end=600)
