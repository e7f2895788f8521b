"""Word diffs: rows of the old text, the new text to be read from them, and what is left out."""

from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.word_diff import MAX_ROWS, Gap, Line, Piece, Row, rows_of, side_by_side

TEXTS = st.lists(st.sampled_from(["a b", "a c", "", "  é", "x"]), max_size=8).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


def _said(row: Row) -> str:
    signs = {"same": "", "deleted": "-", "inserted": "+", "cursor": "^"}
    return "|".join(
        signs[piece.kind] + piece.text for piece in row if piece.text or piece.kind == "cursor"
    )


def _rows(old: str, new: str, cursor: int | None = None) -> list[str]:
    return [_said(row) for row in rows_of(old, new, cursor)]


def test_a_word_in_a_line() -> None:
    assert _rows("x = a\ny\n", "x = b\ny\n") == ["x = |-a|+b|\n", "y\n"]


def test_a_line_put_in_stands_where_it_is_put_in() -> None:
    assert _rows("a\nb\n", "a\nnew\nb\n") == ["a\n", "+new\n|b\n"]
    assert _rows("a\n", "a\nnew\n") == ["a\n|+new\n"]


def test_a_deleted_line() -> None:
    assert _rows("a\nb\nc\n", "a\nc\n") == ["a\n", "-b\n", "c\n"]


def test_an_indentation_shows_only_what_it_gains() -> None:
    assert _rows("  a\n", "    a\n") == ["  |+  |a\n"]


def test_the_cursor_is_between_bytes() -> None:
    assert _rows("é = 1\n", "é = 12\n", len("é = 1".encode())) == ["é = |-1|+1|^|+2|\n"]
    assert _rows("ab\n", "ab\n", 1) == ["a|^|b\n"]
    assert _rows("ab\n", "ab\n", 3) == ["ab\n|^"]


@given(TEXTS, TEXTS, st.integers(0, 40))
def test_both_texts_can_be_read_from_the_rows(old: str, new: str, cursor: int) -> None:
    rows = rows_of(old, new, None if cursor > len(new) else len(new[:cursor].encode()))
    pieces: list[Piece] = [piece for row in rows for piece in row]
    assert "".join(piece.text for piece in pieces if piece.kind in ("same", "deleted")) == old
    assert "".join(piece.text for piece in pieces if piece.kind in ("same", "inserted")) == new
    assert len(rows) == max(1, old.count("\n"))
    assert sum(piece.kind == "cursor" for piece in pieces) == (cursor <= len(new))


def test_only_rows_in_which_something_happens() -> None:
    text = "".join(f"line {number}\n" for number in range(40))
    edited = text.replace("line 20\n", "line 20 more\n")
    found = side_by_side(text, edited, text, (len("line 0"), None, None), first_row=100)
    rows = [part.row if isinstance(part, Line) else -part.num_rows for part in found]
    assert rows == [100, 101, 102, 103, -13, *range(117, 124), -16]
    shown = next(part for part in found if isinstance(part, Line) and part.row == 120)
    assert _said(shown.expected) == "line 20|+ more|\n"
    assert _said(shown.before) == _said(shown.predicted) == "line 20\n"


def test_long_changes_are_cut() -> None:
    text = "a\n" * 500
    found = side_by_side(text, "b\n" * 500, text)
    assert sum(isinstance(part, Line) for part in found) == MAX_ROWS
    assert found[-1] == Gap(500 - MAX_ROWS)
