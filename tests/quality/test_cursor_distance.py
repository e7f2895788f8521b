"""Cursor distance: evaluated where a cursor is expected, and only there."""

from quality.cursor_distance import CursorDistance, cursor_distance


def test_both_known() -> None:
    near = cursor_distance(10, 7)
    assert near == CursorDistance(3) and not near.is_exact
    assert cursor_distance(7, 10) == CursorDistance(3)
    exact = cursor_distance(10, 10)
    assert exact is not None and exact.is_exact


def test_a_cursor_that_is_missing_is_wrong_at_no_distance() -> None:
    missing = cursor_distance(10, None)
    assert missing == CursorDistance(None) and not missing.is_exact


def test_nothing_expected_is_nothing_to_evaluate() -> None:
    assert cursor_distance(None, 10) is None
    assert cursor_distance(None, None) is None


def test_the_start_of_a_text_is_a_place() -> None:
    assert cursor_distance(0, 0) == CursorDistance(0)
