import random

import numpy as np
import pytest

from training.similarity.near_duplicates import (
    NUM_HASHES,
    SIGNATURE_BYTES,
    buckets,
    gather,
    hashes_per_band,
    signature,
    similarity,
)


def pair_similarity(left: str, right: str) -> float:
    signatures = gather([signature(left, 1), signature(right, 1)])
    return float(similarity(signatures, np.array([0]), np.array([1]))[0])


def words(rng: random.Random, num: int) -> list[str]:
    return [f"word{rng.randrange(10**6)}" for _ in range(num)]


def test_blanks_do_not_count() -> None:
    assert pair_similarity("total = price * n\n", "total=price   *n") == 1


def test_other_code_is_not_alike() -> None:
    rng = random.Random(1)
    assert pair_similarity(" ".join(words(rng, 300)), " ".join(words(rng, 300))) < 0.1


@pytest.mark.parametrize("text", ["", "a", "a b c d"])
def test_short_text_is_one_shingle(text: str) -> None:
    assert len(signature(text, 1)) == SIGNATURE_BYTES
    assert pair_similarity(text, text) == 1


def test_the_estimate_is_near_the_truth() -> None:
    """1,004 words make 1,000 shingles; the first 750 are shared: 750 of 1,250."""
    rng = random.Random(2)
    start = words(rng, 754)
    left, right = (" ".join(start + words(rng, 250)) for _ in range(2))
    assert abs(pair_similarity(left, right) - 750 / 1250) < 3.5 * (0.6 * 0.4 / NUM_HASHES) ** 0.5


def test_the_seed_makes_the_signature() -> None:
    assert signature("a b c d e f", 1) == signature("a b c d e f", 1)
    assert signature("a b c d e f", 1) != signature("a b c d e f", 2)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.9])
def test_bands_find_pairs_at_the_threshold(threshold: float) -> None:
    length = hashes_per_band(threshold)
    assert 1 - (1 - threshold**length) ** (NUM_HASHES // length) >= 0.99


def test_alike_rows_share_a_bucket() -> None:
    rng = random.Random(3)
    code = words(rng, 200)
    texts = [" ".join(words(rng, 200)), " ".join(code), " ".join([*code[:-2], "other", "end"])]
    found = {
        tuple(bucket.tolist()) for bucket in buckets(gather([signature(t, 5) for t in texts]), 0.7)
    }
    assert (1, 2) in found
    assert not any(0 in bucket for bucket in found)


def test_no_rows_have_no_buckets() -> None:
    assert list(buckets(gather([]), 0.7)) == []
