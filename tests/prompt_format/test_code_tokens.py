"""Splitting code into the units that are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompt_format.code_tokens import OPERATORS, tokenize


@given(st.text())
def test_code_tokens_are_the_whole_text(text: str) -> None:
    assert "".join(tokenize(text)) == text


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("snake_case camelCase2", ["snake_case", " ", "camelCase2"]),
        ("a>>>=b", ["a", ">>>=", "b"]),
        ("x  \t\n\r\n y", ["x", "  \t", "\n\r\n", " ", "y"]),
        ("f(...)->é", ["f", "(", "...", ")", "->", "é"]),
    ],
)
def test_code_tokens_are_the_units_of_comparison(text: str, units: list[str]) -> None:
    assert tokenize(text) == units


def test_no_operator_hides_a_longer_one() -> None:
    for at, operator in enumerate(OPERATORS):
        assert not any(later.startswith(operator) for later in OPERATORS[at + 1 :])
