"""The excerpt before an event: with and without its place in the file."""

from quality.undo import undo_event

DIFF = "@@ -11,3 +11,4 @@\n ten\n-old\n+new\n+more\n twelve\n"


def test_the_event_is_undone_at_its_row() -> None:
    # File row 10 (the eleventh) holds "ten"; the excerpt starts at row 9.
    assert undo_event("nine\nten\nnew\nmore\ntwelve\n", DIFF, 9) == "nine\nten\nold\ntwelve\n"


def test_equal_places_are_told_apart_by_the_row() -> None:
    current = "x\nx\nx\n"
    typed = "@@ -5,2 +5,3 @@\n x\n+x\n x\n"
    assert undo_event(current, typed, 4) == "x\nx\n"
    marked = "@@ -6,1 +6,1 @@\n-y\n+x\n"
    assert undo_event(current, marked, 4) == "x\ny\nx\n"


def test_lines_above_and_below_the_excerpt_are_left_out() -> None:
    # The excerpt holds rows 11 and 12 only: "new" and "more".
    assert undo_event("new\nmore\n", DIFF, 11) == "old\n"
    # Row 12 only: the replaced line above it is out of sight, "more" alone is undone.
    assert undo_event("more\ntwelve\n", DIFF, 12) == "twelve\n"


def test_deleted_lines_come_back_at_the_end_of_the_excerpt() -> None:
    deleted = "@@ -1,3 +1,1 @@\n a\n-b\n-c\n"
    assert undo_event("a\n", deleted, 0) == "a\nb\nc\n"
    # One row further down they are out of sight.
    assert undo_event("a\n", "@@ -1,4 +1,2 @@\n a\n x\n-b\n-c\n", 0) == "a\n"


def test_an_event_outside_the_excerpt_changes_nothing() -> None:
    assert undo_event("one\ntwo\n", DIFF, 40) == "one\ntwo\n"
    assert undo_event("one\ntwo\n", DIFF, 0) == "one\ntwo\n"


def test_hunks_above_do_not_move_those_inside() -> None:
    # The first hunk grew the file by one row above the excerpt; rows are those of the current file.
    diff = "@@ -1,1 +1,2 @@\n a\n+b\n@@ -11,1 +12,1 @@\n-x\n+y\n"
    assert undo_event("w\ny\ny\n", diff, 10) == "w\nx\ny\n"


def test_several_hunks_inside_are_all_undone() -> None:
    diff = "@@ -1,1 +1,2 @@\n a\n+b\n@@ -9,1 +4,1 @@\n-x\n+y\n"
    assert undo_event("a\nb\nc\ny\n", diff, 0) == "a\nc\nx\n"


def test_undoing_one_hunk_does_not_move_another() -> None:
    # Taking b away first would put the second "y" where the changed first one stood.
    diff = "@@ -1,1 +1,2 @@\n a\n+b\n@@ -2,1 +3,1 @@\n-x\n+y\n"
    assert undo_event("a\nb\ny\ny\n", diff, 0) == "a\nx\ny\n"


def test_without_a_row_the_place_is_found_by_content() -> None:
    assert undo_event("nine\nten\nnew\nmore\ntwelve\n", DIFF, None) == "nine\nten\nold\ntwelve\n"


def test_with_a_wrong_row_the_place_is_found_by_content() -> None:
    # The diff says row 10, the lines stand at rows 11 to 14 of the file.
    current = "nine\nnine\nten\nnew\nmore\ntwelve\n"
    assert undo_event(current, DIFF, 9) == "nine\nnine\nten\nold\ntwelve\n"


def test_without_a_row_hunks_that_do_not_fit_are_left_out() -> None:
    diff = "@@ -1,1 +1,1 @@\n-gone\n+elsewhere\n" + DIFF + "@@ -90,1 +91,1 @@\n-x\n+not here\n"
    assert undo_event("ten\nnew\nmore\ntwelve\n", diff, None) == "ten\nold\ntwelve\n"


def test_a_diff_that_is_none_changes_nothing() -> None:
    assert undo_event("a\n", "no diff", 0) == "a\n"
    assert undo_event("a\n", "@@ -1,1 +1,1 @@\n?b\n", None) == "a\n"
