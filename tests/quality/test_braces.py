"""Brace imbalance: what an edit adds of it, never what was there before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.braces import brace_imbalance

CODE = st.text(alphabet="(){}[]a", max_size=12)


@pytest.mark.parametrize(
    ("original", "actual", "imbalance"),
    [
        ("f(x)", "f(g(x))", 0),
        ("f(x)", "f(g(x)", 1),
        ("f(x)", "f(x)}]", 2),
        ("f(", "f(x)", 0),  # mending is no merit
        ("f(", "g((", 1),  # one was open before
        ("", "(]", 2),  # kinds do not make up for each other
        ("", ")(", 0),  # the order does not count
    ],
)
def test_cases(original: str, actual: str, imbalance: int) -> None:
    assert brace_imbalance(original, actual) == imbalance


@given(CODE, CODE)
def test_bounds(original: str, added: str) -> None:
    found = brace_imbalance(original, original + added)
    assert 0 <= found <= len(added.replace("a", ""))
    assert brace_imbalance(original, original) == 0
