"""Distances of samples to the settled text: what nobody changed does not make them near."""

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from training.settling import sample_distances

REGION = "def area(width, height):\n    {}\n\n\ndef main():\n    pass\n"
OLD = REGION.format("ret")
SETTLED = REGION.format("return width * height")
TEXTS = st.text(alphabet="ab\n(", max_size=20)


def test_the_settled_text_is_at_0_and_no_change_far_off() -> None:
    exact, unchanged = sample_distances(OLD, SETTLED, [SETTLED, OLD])
    assert exact == 0.0
    assert unchanged == 1.0


def test_the_whole_region_makes_everything_near() -> None:
    (unchanged,) = sample_distances(OLD, SETTLED, [OLD], whole=True)
    assert unchanged == 18 / len(SETTLED)


def test_by_hand() -> None:
    """``ab`` is common to all; a sample without its ``b`` has one more character to compare."""
    assert sample_distances("ab", "abXY", ["abXZ", "aQ", "abXZ"]) == [1 / 2, 1.0, 1 / 2]
    assert sample_distances("(cd)", "(Xcd)", ["(Ycd)", "(Xce)"]) == [1.0, 1 / 3]


def test_a_sample_that_changes_what_was_to_stay() -> None:
    """It is longer where the others are alike, so that more of it counts."""
    spoilt = SETTLED.replace("pass", "fail()")
    (distance,) = sample_distances(OLD, SETTLED, [spoilt])
    assert 0.0 < distance < 0.5


def test_none() -> None:
    assert sample_distances("a", "b", []) == []


@given(old=TEXTS, settled=TEXTS, samples=st.lists(TEXTS, max_size=6))
def test_between_0_and_1_and_0_only_if_equal(old: str, settled: str, samples: list[str]) -> None:
    narrow = sample_distances(old, settled, samples)
    wide = sample_distances(old, settled, samples, whole=True)
    for sample, distance, of_whole in zip(samples, narrow, wide, strict=True):
        assert 0.0 <= of_whole <= distance <= 1.0
        assert (distance == 0.0) == (sample == settled)
        longest = max(len(sample), len(settled), 1)
        assert of_whole == Levenshtein.distance(sample, settled) / longest
