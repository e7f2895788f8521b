"""A region goes with the text around it."""

from hypothesis import given
from hypothesis import strategies as st

from server.data.settling.changes import Change, Span, changes_between

TEXT = st.text(alphabet="ab\né🙂 x", max_size=60)


@given(TEXT, TEXT, st.none() | st.integers(0, 70))
def test_changes_lead_from_one_text_to_the_other(old: str, new: str, cursor: int | None) -> None:
    text = old
    for change in changes_between(old, new, cursor):
        text = change.applied_to(text)
    assert text == new


@given(TEXT, st.integers(0, 60), st.integers(0, 5), st.text(alphabet="ab\n", max_size=5))
def test_what_was_typed_or_deleted_at_the_cursor_is_found_there(
    old: str, at: int, length: int, new: str
) -> None:
    start = min(at, len(old))
    end = min(start + length, len(old))
    if (start == end) == (not new):
        return
    change = Change(start, end, new)
    found = list(changes_between(old, change.applied_to(old), start + len(new)))
    assert found == [change]


def test_far_apart_changes_of_one_text_stay_apart() -> None:
    rows = [f"row {number}\n" for number in range(100)]
    old = "".join(rows)
    new = "".join(["first\n", *rows[:-1], "last\n"])
    found = list(changes_between(old, new))
    region = Span(old.index("row 50"), old.index("row 51"))
    assert len(found) == 2
    assert not any(region.is_touched_by(change) for change in found)


@given(TEXT, st.data())
def test_a_region_keeps_its_neighbours(text: str, data: st.DataObject) -> None:
    """What stands between the two characters beside it is the region, whatever happens in it or
    beyond them."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    span = Span(start, end)
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    is_inside = start <= first and last <= end
    is_beyond = last < start or first > end
    change = Change(first, last, data.draw(st.text(alphabet="ab", max_size=4)))
    after, moved = change.applied_to(text), span.after(change)
    if is_inside:
        assert span.is_touched_by(change) or first == last or change.growth < 0 or start == end
        assert after[: moved.start] == text[:start]
    if is_beyond:
        assert not span.is_touched_by(change)
        assert after[moved.start : moved.end] == text[start:end]


def test_ends_lean_outwards() -> None:
    span = Span(3, 6)
    assert span.after(Change(3, 3, "xx")) == Span(3, 8)
    assert span.after(Change(6, 6, "xx")) == Span(3, 8)
    assert span.after(Change(2, 3, "xx")) == Span(4, 7)
    assert span.after(Change(6, 7, "")) == Span(3, 6)
    assert span.after(Change(2, 7, "y")) == Span(2, 3)
