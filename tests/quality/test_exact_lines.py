"""Exact lines: what counts as a changed line, and the rates."""

from hypothesis import given
from hypothesis import strategies as st

from quality.exact_lines import ExactLines, exact_lines

EXPECTED = """\
diff --git a/cart.py b/cart.py
index 1f2..3a4 100644
--- a/cart.py
+++ b/cart.py
@@ -1,3 +1,3 @@
 def total(items):
-    return 0
+    return sum(items)
+    # done
"""


def test_counts_lines_with_their_prefix() -> None:
    # Expected: -return 0, +return sum, +# done. Actual: -return 0, +return sum, +pass.
    # TP = 2, FP = 1, FN = 1: P = R = 2/3, F1 = 2/3.
    actual = "@@ -1,2 +1,3 @@\n-    return 0\n+    return sum(items)\n+    pass\n"
    score = exact_lines(EXPECTED, actual)
    assert score == ExactLines(2, 1, 1)
    assert (score.precision, score.recall) == (2 / 3, 2 / 3)
    assert abs(score.f1 - 2 / 3) < 1e-12


def test_an_addition_is_not_the_deletion_of_the_same_line() -> None:
    assert exact_lines("+a\n", "-a\n") == ExactLines(0, 1, 1)


def test_headers_and_context_do_not_count() -> None:
    headers = "diff --git a b\nindex 1..2\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n context\n"
    assert exact_lines(headers, headers) == ExactLines(0, 0, 0)


def test_position_and_file_do_not_count() -> None:
    moved = "--- a/other.py\n+++ b/other.py\n@@ -90,1 +91,1 @@\n+x\n"
    assert exact_lines("--- a/cart.py\n+++ b/cart.py\n@@ -1 +1 @@\n+x\n", moved).f1 == 1.0


def test_repeated_lines_are_a_multiset() -> None:
    # Expected +a three times, actual twice and one +b: TP = min(3, 2) = 2, FP = 1, FN = 1.
    assert exact_lines("+a\n+a\n+a\n", "+a\n+a\n+b\n") == ExactLines(2, 1, 1)


def test_whitespace_counts() -> None:
    assert exact_lines("+a\n", "+a \n") == ExactLines(0, 1, 1)


def test_rates_are_zero_where_undefined() -> None:
    nothing = exact_lines("", "")
    assert (nothing.precision, nothing.recall, nothing.f1) == (0.0, 0.0, 0.0)
    missed = exact_lines("+a\n", "")
    assert (missed.precision, missed.recall, missed.f1) == (0.0, 0.0, 0.0)


def test_f1_is_the_harmonic_mean() -> None:
    # TP = 1, FP = 0, FN = 3: P = 1, R = 1/4, F1 = 2 * 1 * 0.25 / 1.25 = 0.4.
    assert abs(exact_lines("+a\n+b\n+c\n+d\n", "+a\n").f1 - 0.4) < 1e-12


@given(st.text(alphabet="+-@ a\n", max_size=60), st.text(alphabet="+-@ a\n", max_size=60))
def test_swapping_the_patches_swaps_the_rates(expected: str, actual: str) -> None:
    score, mirrored = exact_lines(expected, actual), exact_lines(actual, expected)
    assert (score.precision, score.recall) == (mirrored.recall, mirrored.precision)
    assert 0.0 <= score.f1 <= 1.0
    assert exact_lines(expected, expected).false_positives == 0


@given(st.text(), st.text())
def test_any_text_is_accepted(expected: str, actual: str) -> None:
    assert exact_lines(expected, actual).true_positives >= 0
