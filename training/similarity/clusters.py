"""Rows that are alike, joined into clusters, and the members of a cluster that differ most."""

from collections.abc import Iterator

import numpy as np

from training.similarity.near_duplicates import Rows, Signatures, buckets, similarity

MAX_ALL_PAIRS = 32
"""Of a larger bucket each row meets its neighbours and the first row only: cost stays linear."""
MAX_PAIRS_AT_ONCE = 1 << 14


class DisjointSets:
    """Union-find with path halving; the smallest row of a set stands for it."""

    def __init__(self, num_rows: int) -> None:
        self._parent = list(range(num_rows))

    def find(self, row: int) -> int:
        """Who stands for the set of ``row``."""
        parent = self._parent
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    def join(self, left: int, right: int) -> None:
        """Makes one set of two."""
        first, second = sorted((self.find(left), self.find(right)))
        self._parent[second] = first


def clusters(signatures: Signatures, threshold: float) -> list[Rows]:
    """Groups of two and more, each in order: chains of pairs at or above ``threshold``."""
    sets = DisjointSets(len(signatures))
    for bucket in buckets(signatures, threshold):
        for left, right in _pairs(bucket):
            apart = np.array(
                [
                    sets.find(a) != sets.find(b)
                    for a, b in zip(left.tolist(), right.tolist(), strict=True)
                ],
                dtype=bool,
            )
            left, right = left[apart], right[apart]
            alike = similarity(signatures, left, right) >= threshold
            for a, b in zip(left[alike].tolist(), right[alike].tolist(), strict=True):
                sets.join(a, b)
    members: dict[int, list[int]] = {}
    for row in range(len(signatures)):
        members.setdefault(sets.find(row), []).append(row)
    return [np.array(rows) for rows in members.values() if len(rows) > 1]


def least_alike(signatures: Signatures, members: Rows, num_kept: int) -> Rows:
    """``num_kept`` of ``members``: the first, then always the one farthest from those chosen."""
    if len(members) <= num_kept:
        return members
    chosen = [0]
    distance = np.full(len(members), np.inf)
    while len(chosen) < num_kept:
        last = np.full(len(members), members[chosen[-1]])
        distance = np.minimum(distance, 1 - similarity(signatures, members, last))
        distance[chosen] = -1
        chosen.append(int(distance.argmax()))
    return members[sorted(chosen)]


def _pairs(bucket: Rows) -> Iterator[tuple[Rows, Rows]]:
    if len(bucket) <= MAX_ALL_PAIRS:
        left, right = np.triu_indices(len(bucket), k=1)
        yield bucket[left], bucket[right]
        return
    first = np.full(len(bucket) - 1, bucket[0])
    for left, right in ((first, bucket[1:]), (bucket[:-1], bucket[1:])):
        for at in range(0, len(left), MAX_PAIRS_AT_ONCE):
            yield left[at : at + MAX_PAIRS_AT_ONCE], right[at : at + MAX_PAIRS_AT_ONCE]
