"""The normalised distance, against counted examples and the axioms of a distance."""

from hypothesis import given
from hypothesis import strategies as st

from quality.levenshtein import LevenshteinDistance, levenshtein


def test_counts_substitutions_insertions_and_deletions() -> None:
    # kitten -> sitting: k/s, e/i, +g = 3 over the 7 characters of the longer text.
    distance = levenshtein("kitten", "sitting")
    assert distance == LevenshteinDistance(distance_chars=3, longest_chars=7)
    assert distance.normalised == 3 / 7


def test_equal_and_disjoint_texts() -> None:
    assert levenshtein("same", "same").normalised == 0.0
    assert levenshtein("aaaa", "bb").normalised == 1.0
    assert levenshtein("", "").normalised == 0.0
    assert levenshtein("", "ab").normalised == 1.0


def test_counts_characters_not_bytes() -> None:
    assert levenshtein("é", "e") == LevenshteinDistance(distance_chars=1, longest_chars=1)


@given(st.text(), st.text())
def test_is_a_symmetric_distance_within_bounds(left: str, right: str) -> None:
    distance = levenshtein(left, right)
    assert distance == levenshtein(right, left)
    assert 0.0 <= distance.normalised <= 1.0
    assert (distance.normalised == 0.0) == (left == right)
