"""Normalised Levenshtein distances of many samples to one settled text.

    distance = fewest insertions, deletions and substitutions of one character
               between sample and settled text
             / length of the longer of the two, without what the old text, the settled text
               and the sample all begin and end with

0 means equal, 1 nothing in common. What nobody has changed is left out of the length: else any
answer would be near in a long region, even none at all. With ``whole`` it is left in.
"""

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist


def sample_distances(
    old: str, settled: str, samples: Sequence[str], *, whole: bool = False
) -> list[float]:
    """One distance in 0..1 for each sample; equal samples are measured once."""
    distinct = list(dict.fromkeys(samples))
    raw = _distances(settled, distinct)
    shared = 0 if whole else _num_shared_start(old, settled)
    shared_end = 0 if whole else _num_shared_end(old, settled, shared)
    measured = {
        sample: distance / _longest(settled, sample, shared, shared_end) if distance else 0.0
        for sample, distance in zip(distinct, raw, strict=True)
    }
    return [measured[sample] for sample in samples]


def _distances(settled: str, samples: Sequence[str]) -> list[int]:
    """What all texts begin and end with adds nothing to a distance, only to the time it takes."""
    if not samples:
        return []
    start = _num_all_start_with([settled, *samples])
    end = _num_all_start_with([text[start:][::-1] for text in (settled, *samples)])
    parts = [sample[start : len(sample) - end] for sample in samples]
    settled_part = settled[start : len(settled) - end]
    distances = cdist([settled_part], parts, scorer=Levenshtein.distance, dtype=np.int32)[0]
    return [int(distance) for distance in distances]


def _longest(settled: str, sample: str, shared: int, shared_end: int) -> int:
    """Length of the longer text without what it shares with the other and with the old text."""
    start = shared
    if not sample.startswith(settled[:shared]):
        start = _num_shared_start(sample, settled[:shared])
    end = min(shared_end, len(settled) - start, len(sample) - start)
    if end and not sample.endswith(settled[len(settled) - end :]):
        end = _num_shared_end(sample, settled[len(settled) - end :], 0)
    return max(len(settled), len(sample)) - start - end


def _num_all_start_with(texts: Sequence[str]) -> int:
    """How many characters all begin with: those that the first and last in order begin with."""
    return _num_shared_start(min(texts), max(texts))


def _num_shared_start(left: str, right: str) -> int:
    """How many characters both begin with."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _num_shared_end(left: str, right: str, taken: int) -> int:
    """How many characters both end with, ``taken`` ones at their start left alone."""
    return _num_shared_start(left[taken:][::-1], right[taken:][::-1])
