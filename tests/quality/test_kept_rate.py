"""Kept rate: Zed's vectors, every clause by hand, and its bounds."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.kept_rate import KeptRate, kept_rate

VECTORS = json.loads(Path(__file__).with_name("kept_rate_vectors.json").read_text())
CODE = st.text(alphabet="ab_ \n(+=é", max_size=30)


@pytest.mark.parametrize("vector", VECTORS)
def test_agrees_with_zed(vector: dict[str, Any]) -> None:
    found = kept_rate(vector["base"], vector["candidate"], vector["reference"])
    assert asdict(found) == vector["result"]


def test_three_equal_texts_are_all_context() -> None:
    # "é" has two bytes.
    assert kept_rate("é = 1", "é = 1", "é = 1") == KeptRate(0, 0, 0, 0, 0, 0, 0, 6, 1.0, 1.0)


def test_growth_that_differs_by_more_than_512_bytes_is_not_compared() -> None:
    # Candidate grows by 2, reference by 515: 515 - 2 = 513 > 512.
    assert kept_rate("a", "abc", "a" + 515 * "b") == KeptRate(2, 515, 0, 0, 0, 0, 2, 0, 0.0, 0.0)


def test_growth_that_differs_by_512_bytes_is_compared() -> None:
    # 514 - 2 = 512. One unit each, replaced: 3 new, 515 new, "a" deleted by both.
    # kept_rate = (0 + 1) / (3 + 1), recall_rate = 1 / (515 + 1).
    found = kept_rate("a", "abc", "a" + 514 * "b")
    assert found == KeptRate(3, 515, 1, 1, 0, 1, 3, 0, 1 / 4, 1 / 516)


def test_growth_and_shrinking_count_alike() -> None:
    # Both change by 600 bytes, one up and one down: | |600| - |-600| | = 0, so they are compared.
    base = "x " * 300
    found = kept_rate(base, base + "y " * 300, "")
    assert found.candidate_new_chars == 600
    assert found.reference_deleted_chars == 600
    assert found.kept_rate == 0.0


def test_an_identifier_is_one_unit() -> None:
    # base foo_bar, candidate foo_baz: nothing is shared although most letters are.
    # new 7, deleted 7; the reference is the candidate: kept 7 + correctly deleted 7 of 14.
    found = kept_rate("foo_bar", "foo_baz", "foo_baz")
    assert found == KeptRate(7, 7, 7, 7, 7, 7, 0, 0, 1.0, 1.0)


def test_an_operator_is_one_unit() -> None:
    # ">>=" is replaced by ">>": 2 new bytes and 3 deleted, not 1 deleted.
    found = kept_rate("a >>= b", "a >> b", "a >>= b")
    assert (found.candidate_new_chars, found.candidate_deleted_chars) == (2, 3)


def test_kept_units_must_be_in_order() -> None:
    # New in the candidate: x, space, y; in the reference: y, space, x. All three units are shared,
    # but no two of them in the same order: kept = 1.
    found = kept_rate("", "x y", "y x")
    assert found.candidate_new_chars == found.reference_new_chars == 3
    assert found.kept_chars == 1
    assert found.discarded_chars == 2


def test_correctly_deleted_needs_both_sides_to_delete_the_same_unit() -> None:
    # base "a b c": the candidate deletes "a ", the reference " c". Nothing is deleted by both.
    # kept_rate = (0 + 0) / (0 + 2).
    found = kept_rate("a b c", "b c", "a b")
    assert (found.candidate_deleted_chars, found.reference_deleted_chars) == (2, 2)
    assert (found.correctly_deleted_chars, found.kept_rate, found.recall_rate) == (0, 0.0, 0.0)


def test_kept_rate_and_recall_rate_have_their_own_denominators() -> None:
    # Candidate adds "(x)" = 3 bytes; the user ends up with "(x).y" = 5 bytes: all 3 are kept.
    # kept_rate = 3/3, recall_rate = 3/5.
    found = kept_rate("f", "f(x)", "f(x).y")
    assert (found.kept_chars, found.discarded_chars, found.context_chars) == (3, 0, 1)
    assert (found.kept_rate, found.recall_rate) == (1.0, 3 / 5)


def test_no_prediction_is_right_only_if_nothing_changed() -> None:
    unchanged = kept_rate("a", "a", "b")
    assert (unchanged.kept_rate, unchanged.recall_rate) == (0.0, 0.0)
    needless = kept_rate("a", "b", "a")
    assert (needless.kept_rate, needless.recall_rate) == (0.0, 0.0)


def test_sizes_are_bytes() -> None:
    # "é" is one character and two bytes, "→" three.
    found = kept_rate("", "é→", "é→")
    assert found.kept_chars == 5


@given(CODE, CODE, CODE)
def test_sizes_add_up_and_rates_stay_in_bounds(base: str, candidate: str, reference: str) -> None:
    found = kept_rate(base, candidate, reference)
    assert found.candidate_new_chars + found.context_chars == len(candidate.encode()) or (
        base == candidate == reference
    )
    assert found.kept_chars + found.discarded_chars == found.candidate_new_chars
    assert found.kept_chars <= min(found.candidate_new_chars, found.reference_new_chars)
    assert found.correctly_deleted_chars <= found.candidate_deleted_chars
    assert 0.0 <= found.kept_rate <= 1.0
    assert 0.0 <= found.recall_rate <= 1.0


@given(CODE, CODE)
def test_a_prediction_that_is_left_as_it_is_was_kept_whole(base: str, settled: str) -> None:
    found = kept_rate(base, settled, settled)
    assert (found.kept_rate, found.recall_rate) == (1.0, 1.0)


@given(st.text(), st.text(), st.text())
def test_any_text_is_accepted(base: str, candidate: str, reference: str) -> None:
    assert 0.0 <= kept_rate(base, candidate, reference).kept_rate <= 1.0


@pytest.mark.timeout(60)  # comparing unit by unit would take hours
def test_a_hundred_kilobytes_are_bounded() -> None:
    base = "let value = compute(1, 2);\n" * 4_000
    candidate = base.replace("value", "total")
    found = kept_rate(base, candidate, base)
    assert found.candidate_new_chars == found.candidate_deleted_chars == 5 * 4_000
