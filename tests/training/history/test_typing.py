from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.history.typing import half_typed, typed_up_to

CODE = st.text("abc (),.[]{}=:", min_size=1, max_size=24)


@given(st.none() | CODE, CODE, st.integers(), st.booleans())
def test_what_stands_before_the_cursor_is_typed_already(
    old: str | None, new: str, seed: int, closes: bool
) -> None:
    typed = half_typed(old, new, Random(seed), closes)
    if typed is None:
        return
    assert typed.line != new
    assert typed.line[: typed.cursor] == new[: typed.cursor]
    assert new[: typed.cursor].strip()


def test_common_ends_of_both_lines_stay() -> None:
    typed = half_typed("total = f(a) # sum", "total = f(a, b) # sum", Random(0), False)
    assert typed is not None
    assert typed.line.startswith("total = f(a") and typed.line.endswith(") # sum")


@pytest.mark.parametrize(
    ("new", "at", "line"),
    [
        ("print(a)", 6, "print()"),
        ("def f(a):", 6, "def f()"),
        ("x = [f(a", 7, "x = [f("),
        ("g([a], b)", 3, "g([])"),
        ("y = (1)", 7, None),
    ],
)
def test_an_editor_closes_brackets_that_the_line_will_close(
    new: str, at: int, line: str | None
) -> None:
    typed = typed_up_to(new, at, 0, closes_brackets=True)
    assert (typed.line if typed else None) == line


def test_pauses_are_likely_behind_separators_and_rare_within_words() -> None:
    stops = [half_typed(None, "identifier, second", Random(seed), False) for seed in range(400)]
    after_comma = sum(stop is not None and stop.cursor == 11 for stop in stops)
    within = sum(stop is not None and stop.cursor == 4 for stop in stops)
    assert after_comma > 3 * within
