"""Windows that hold still while a row is typed. Where they start is tested with ``completion``."""

import pytest

from prompt_format.anchored_window import window_end
from tests.prompt_format.examples import at_cursor

ROWS = [f"r{row:02d}\n" for row in range(40)]


def shown(row: int, typed: str, limit: int, first_row: int = 0) -> str:
    """What a window from the cursor on shows, the cursor standing behind ``typed``."""
    text = "".join(ROWS[:row]) + typed + "‸" + "".join(ROWS[row:])
    given = at_cursor(text).model_copy(update={"excerpt_start_row": first_row})
    end = window_end(given, limit, len)
    return given.excerpt_bytes[given.cursor_offset_in_excerpt : end].decode()


@pytest.mark.parametrize(
    ("row", "limit", "first_row", "last"),
    [
        (0, 100, 0, 23),
        (1, 100, 0, 23),
        (7, 50, 0, 15),
        (7, 50, 3, 12),
        (6, 3, 0, 6),
        (38, 99, 0, 39),
    ],
)
def test_it_ends_at_an_anchored_row(row: int, limit: int, first_row: int, last: int) -> None:
    ends = {shown(row, typed, limit, first_row) for typed in ("", "x", "x = call(")}
    assert ends == {"".join(ROWS[row : last + 1]).removesuffix("\n" if last < 39 else "")}


def test_a_row_that_does_not_fit_is_not_shown() -> None:
    assert shown(0, "", 2) == ""
