"""Rows are packed into few sequences, none left out, none cut."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.learning.bins import bins_of

CAPACITY = 40


@given(st.lists(st.integers(1, CAPACITY), max_size=60))
def test_every_row_is_in_one_bin_and_no_bin_overflows(lengths: list[int]) -> None:
    bins = bins_of(np.array(lengths, np.int64), CAPACITY)
    assert sorted(index for found in bins for index in found) == list(range(len(lengths)))
    assert all(sum(lengths[index] for index in found) <= CAPACITY for found in bins)
    loads = sorted(sum(lengths[index] for index in found) for found in bins)
    assert all(first + second > CAPACITY for first, second in pairwise(loads))


def test_the_best_fitting_bin_is_chosen() -> None:
    assert bins_of(np.array([7, 8, 2, 3]), 10) == [[1, 2], [0, 3]]


def test_a_row_that_fits_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="41 tokens"):
        bins_of(np.array([41]), CAPACITY)
