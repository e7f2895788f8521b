"""deltaChrF: every clause with numbers worked out by hand, and its bounds."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.delta_chr_f import DeltaChrF, delta_chr_f

TEXTS = st.text(alphabet="ab \n", max_size=24)
LONG = "0123456789"


def test_three_equal_texts_are_perfect_and_count_nothing() -> None:
    assert delta_chr_f("abc", "abc", "abc") == DeltaChrF(100.0, 0, 0, 0, 1.0, 1.0, 0.5)


def test_the_expected_edit_is_perfect() -> None:
    # "x" inserted at the end of ten digits; the window is the 5 characters before it and itself:
    # 56789 -> 56789x. Order n adds exactly one n-gram (x, 9x, 89x, ...), so TP = 6 orders * 1.
    assert delta_chr_f(LONG, LONG + "x", LONG + "x") == DeltaChrF(100.0, 6, 0, 0, 1.0, 1.0)


def test_additions_and_deletions_are_distinct_tokens() -> None:
    # Expected x -> y, actual x -> z, one character each: no n-grams of orders 2..6: 1 each.
    # Order 1: X = {y, not x}, Y = {z, not x}: TP = 1 (not x), FP = 1 (z), FN = 1 (y), so 1/2 each.
    # P = R = (1/2 + 5) / 6 = 11/12, and with P = R the score is 100 P.
    score = delta_chr_f("x", "y", "z")
    assert (score.true_positives, score.false_positives, score.false_negatives) == (1, 1, 1)
    assert score.precision == score.recall == pytest.approx(11 / 12)
    assert score.delta_chr_f == pytest.approx(100 * 11 / 12)


def test_adding_is_not_mistaken_for_deleting_the_same_text() -> None:
    # Expected adds one x, actual deletes one: X = {x}, Y = {not x} share nothing at order 1.
    # Windows: "x" -> "xx" and "x" -> "": order 2 has X = {xx}, Y = {}: P_2 = R_2 = 0.
    # Orders 3..6 have no n-grams: 1 each. P = R = 4/6.
    score = delta_chr_f("x", "xx", "")
    assert (score.true_positives, score.false_positives, score.false_negatives) == (0, 1, 2)
    assert score.precision == score.recall == pytest.approx(4 / 6)


def test_precision_weighs_more_than_recall() -> None:
    # All orders present (the window holds 5 characters of context). Expected adds "x" and "y" at
    # the end, actual only "x": per order the actual's one n-gram is among the expected two.
    # TP = 6, FN = 6, FP = 0: P = 1, R = 1/2.
    # score = 100 * 1.25 * 1 * 0.5 / (0.25 * 1 + 0.5) = 62.5 / 0.75 = 83.33...
    short = delta_chr_f(LONG, LONG + "xy", LONG + "x")
    assert (short.true_positives, short.false_positives, short.false_negatives) == (6, 0, 6)
    assert (short.precision, short.recall) == (1.0, 0.5)
    assert short.delta_chr_f == pytest.approx(62.5 / 0.75)
    # The other way round P = 1/2, R = 1: 100 * 1.25 * 0.5 / (0.25 * 0.5 + 1) = 62.5 / 1.125.
    long = delta_chr_f(LONG, LONG + "x", LONG + "xy")
    assert long.delta_chr_f == pytest.approx(62.5 / 1.125)


def test_counts_are_multisets() -> None:
    # Order 1: expected adds x twice, actual once: min(2, 1) = 1 true positive, 1 false negative.
    # Orders 2..6: "9x" and "xx" are expected, "9x" is given, and so on: TP 1, FN 1 at each order.
    score = delta_chr_f(LONG, LONG + "xx", LONG + "x")
    assert (score.true_positives, score.false_negatives) == (6, 6)


def test_no_prediction_where_an_edit_was_expected_scores_nothing() -> None:
    # Y is empty at every order: P_n = 0 (undefined), R_n = 0/1.
    score = delta_chr_f(LONG, LONG + "x", LONG)
    assert score == DeltaChrF(0.0, 0, 0, 6, 0.0, 0.0)


def test_an_edit_where_none_was_expected_scores_nothing() -> None:
    assert delta_chr_f(LONG, LONG, LONG + "x") == DeltaChrF(0.0, 0, 6, 0, 0.0, 0.0)


def test_a_transposition_cancels_at_order_one() -> None:
    # ab -> ba, expected and actual alike. Order 1: every delta is zero although n-grams exist: 0.
    # Order 2: {ba, not ab}: TP = 2, 1. Orders 3..6 have no n-grams: 1. P = R = 5/6.
    score = delta_chr_f("ab", "ba", "ba")
    assert (score.true_positives, score.precision, score.recall) == (2, 5 / 6, 5 / 6)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [("a  b", "a b"), ("a\t b", "a b"), ("a b", "a \u00a0 b"), ("a\n\n\nb", "a\nb")],
)
def test_runs_of_one_kind_of_whitespace_collapse(expected: str, actual: str) -> None:
    assert delta_chr_f("", expected, actual).delta_chr_f == 100.0


def test_whitespace_only_differences_are_perfect_though_the_texts_differ() -> None:
    assert delta_chr_f("a b", "a  b", "a   b") == DeltaChrF(100.0, 0, 0, 0, 1.0, 1.0)


def test_alternating_spaces_and_newlines_are_not_merged_further() -> None:
    # " \n \n" stays four characters; "\n" is one. The actual text misses three of order 1.
    score = delta_chr_f(LONG, LONG + " \n \n", LONG + "\n")
    assert score.false_negatives > 0
    assert delta_chr_f(LONG, LONG + " \n", LONG + "\n").delta_chr_f < 100.0


def test_the_window_holds_every_ngram_that_the_edit_touches() -> None:
    # One x replaced by one y inside distinct characters: at order n exactly n places hold it, so
    # n n-grams appear and n vanish: 2 * (1+2+3+4+5+6) = 42 tokens, all matched.
    before, after = "abcdefghij", "klmnopqrst"
    score = delta_chr_f(f"{before}x{after}", f"{before}y{after}", f"{before}y{after}")
    assert score == DeltaChrF(100.0, 42, 0, 0, 1.0, 1.0)


def test_the_window_leaves_the_counts_of_the_whole_text_alone() -> None:
    # The deleted "ab" occurs elsewhere too; only the difference of the counts matters.
    text = "ab-cdefghijkl-ab-mnopqrstuv-ab"
    edited = "ab-cdefghijkl--mnopqrstuv-ab"
    order_two_gone = {"-a", "ab", "b-"}
    score = delta_chr_f(text, edited, edited)
    # order n: the deletion touches n + 1 n-grams (2 for n = 1), n - 1 new ones span the gap.
    # n = 1: a, b gone. n = 2: 3 gone, "--" new. Sum of (n + 1) + (n - 1) = 2n over 1..6 = 42.
    assert len(order_two_gone) + 1 == 2 * 2
    assert score.true_positives == 42


def test_the_best_of_several_expected_texts_counts() -> None:
    actual = LONG + "x"
    best = delta_chr_f(LONG, [LONG + "q", actual, LONG + "xy"], actual)
    assert best.delta_chr_f == 100.0
    # Of equal scores the earliest: both expected texts share nothing with the actual one.
    tie = delta_chr_f(LONG, [LONG + "q", LONG + "qr"], actual)
    assert tie == delta_chr_f(LONG, LONG + "q", actual)


def test_no_expected_text_means_no_edit_expected() -> None:
    assert delta_chr_f(LONG, [], LONG).delta_chr_f == 100.0
    assert delta_chr_f(LONG, [], LONG + "x").delta_chr_f == 0.0


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_stays_in_bounds_on_any_text(original: str, expected: str, actual: str) -> None:
    score = delta_chr_f(original, expected, actual)
    assert 0.0 <= score.delta_chr_f <= 100.0 + 1e-9
    assert 0.0 <= score.precision <= 1.0
    assert 0.0 <= score.recall <= 1.0
    mirrored = delta_chr_f(original, actual, expected)
    assert (score.precision, score.recall) == (mirrored.recall, mirrored.precision)
    assert score.false_positives == mirrored.false_negatives


@given(TEXTS, TEXTS)
def test_equal_edits_never_have_false_counts(original: str, edited: str) -> None:
    score = delta_chr_f(original, edited, edited)
    assert (score.false_positives, score.false_negatives) == (0, 0)


def test_a_hundred_kilobytes_are_bounded() -> None:
    original = "let value = compute(1, 2);\n" * 4_000
    expected = original.replace("compute", "evaluate", 1)
    actual = original.replace("value", "total")
    started = time.perf_counter()
    assert 0.0 <= delta_chr_f(original, expected, actual).delta_chr_f < 100.0
    assert time.perf_counter() - started < 5
