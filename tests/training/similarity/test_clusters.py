import random

import numpy as np

from training.similarity.clusters import MAX_ALL_PAIRS, clusters, least_alike
from training.similarity.near_duplicates import Signatures, gather, signature


def code(rng: random.Random, num: int = 100) -> list[str]:
    return [f"name{rng.randrange(10**6)}" for _ in range(num)]


def of(texts: list[list[str]]) -> Signatures:
    return gather([signature(" ".join(text), 7) for text in texts])


def test_alike_rows_are_one_cluster_and_others_none() -> None:
    rng = random.Random(1)
    base, other = code(rng), code(rng)
    found = clusters(of([base, other, [*base[:-1], "x"], code(rng), [*other[:-1], "y"]]), 0.7)
    assert [members.tolist() for members in found] == [[0, 2], [1, 4]]


def test_a_chain_is_one_cluster() -> None:
    rng = random.Random(2)
    texts = [code(rng)]
    for _step in range(12):
        texts.append([*texts[-1][8:], *code(rng, 8)])
    assert [members.tolist() for members in clusters(of(texts), 0.5)] == [list(range(13))]


def test_a_bucket_of_many_rows_is_one_cluster() -> None:
    rng = random.Random(3)
    base = code(rng)
    texts = [[*base[:-1], f"x{number}"] for number in range(3 * MAX_ALL_PAIRS)]
    assert [len(members) for members in clusters(of(texts), 0.7)] == [3 * MAX_ALL_PAIRS]


def test_no_rows_make_no_cluster() -> None:
    assert clusters(of([]), 0.5) == []


def test_the_least_alike_stay() -> None:
    rng = random.Random(4)
    base = code(rng)
    near = [*base[:-1], "x"]
    far = [*base[:-30], *code(rng, 30)]
    signatures = of([base, near, far, base])
    members = np.arange(4)
    assert least_alike(signatures, members, 1).tolist() == [0]
    assert least_alike(signatures, members, 2).tolist() == [0, 2]
    assert least_alike(signatures, members, 3).tolist() == [0, 1, 2]
    assert least_alike(signatures, members, 9).tolist() == [0, 1, 2, 3]


def test_equal_rows_are_chosen_once_each() -> None:
    signatures = of([["a"], ["a"], ["a"]])
    assert len(set(least_alike(signatures, np.arange(3), 2).tolist())) == 2
