"""Which split a repository belongs to: whole repositories, every language shared out by percentage.

A repository goes by its name, whoever owns it: a fork has the same history.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b

import numpy as np

from training.similarity.near_duplicates import Rows, Signatures, buckets

Languages = Counter[str]
MAX_PAIRS_AT_ONCE = 1 << 14


def assign(
    groups: Mapping[str, Languages],
    percentages: Mapping[str, float],
    pinned: Mapping[str, str],
    seed: int,
) -> dict[str, str]:
    """The split of every group; ``pinned`` groups go where they are told to.

    The largest group first, each goes where its languages are missing most. Where groups are few,
    the last ones go to the splits that have none, so that none stays empty.
    """
    totals = sum(groups.values(), Counter())
    whole = sum(percentages.values())
    missing = {
        split: {language: totals[language] * share / whole for language in totals}
        for split, share in percentages.items()
    }
    found = {group: pinned[group] for group in groups if group in pinned}
    for group, split in found.items():
        _take(missing.get(split), groups[group])
    free = sorted(groups.keys() - found, key=lambda g: (-groups[g].total(), _shuffle(g, seed)))
    for at, group in enumerate(free):
        empty = [split for split in percentages if split not in found.values()]
        choices = empty if len(free) - at <= len(empty) else list(percentages)
        split = max(choices, key=lambda each: _need(missing[each], groups[group], totals))
        found[group] = split
        _take(missing[split], groups[group])
    return found


def leaks(
    signatures: Signatures, splits: Sequence[str], training: str, threshold: float
) -> dict[int, str]:
    """Rows of ``training`` that are as alike a row of another split, with that split's name."""
    is_training = np.array([split == training for split in splits], dtype=bool)
    found: dict[int, str] = {}
    for bucket in buckets(signatures, threshold):
        others = bucket[~is_training[bucket]]
        if not len(others):
            continue
        candidates = bucket[is_training[bucket]].tolist()
        for row in (each for each in candidates if each not in found):
            match = _first_alike(signatures, row, others, threshold)
            if match is not None:
                found[row] = splits[match]
    return found


def _first_alike(signatures: Signatures, row: int, others: Rows, threshold: float) -> int | None:
    for at in range(0, len(others), MAX_PAIRS_AT_ONCE):
        some = others[at : at + MAX_PAIRS_AT_ONCE]
        alike = (signatures[some] == signatures[row]).mean(axis=1) >= threshold
        if alike.any():
            return int(some[alike.argmax()])
    return None


def _need(missing: Mapping[str, float], group: Languages, totals: Languages) -> float:
    return sum(num * missing[language] / totals[language] for language, num in group.items())


def _take(missing: dict[str, float] | None, group: Languages) -> None:
    if missing is not None:
        for language, num in group.items():
            missing[language] -= num


def _shuffle(group: str, seed: int) -> bytes:
    return blake2b(f"{seed}/{group}".encode(), digest_size=8).digest()
