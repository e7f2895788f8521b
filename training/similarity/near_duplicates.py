"""How alike two examples are: MinHash signatures over 5-grams of code tokens, compared in bulk.

Broder, "On the resemblance and containment of documents" (1997): the share of equal entries of two
signatures estimates the Jaccard similarity of their shingles. Signatures of all rows lie in one
array, 512 bytes each; rows that share a band of entries are candidates, and only they are compared.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import rensa  # type: ignore[import-untyped]

from prompt_format.code_tokens import tokenize

NUM_HASHES = 128
SIGNATURE_BYTES = 4 * NUM_HASHES
SHINGLE_TOKENS = 5
MIN_RECALL = 0.99
"""Of pairs that are exactly as alike as the threshold, so many have to become candidates."""

Signatures = npt.NDArray[np.uint32]
"""(num_rows, NUM_HASHES)"""
Rows = npt.NDArray[np.int64]


def signature(text: str, seed: int) -> bytes:
    """``SIGNATURE_BYTES`` bytes that stand for the code in ``text``; blanks do not count."""
    tokens = [token for token in tokenize(text) if not token.isspace()]
    num_shingles = max(1, len(tokens) - SHINGLE_TOKENS + 1)
    shingles = ["\0".join(tokens[at : at + SHINGLE_TOKENS]) for at in range(num_shingles)]
    sketch = rensa.RMinHash(NUM_HASHES, seed)
    sketch.update(shingles)
    return np.asarray(sketch.digest(), dtype="<u4").tobytes()


def gather(signatures: Iterable[bytes]) -> Signatures:
    """All signatures as one array, in order."""
    joined = bytearray()
    for each in signatures:
        joined += each
    return np.frombuffer(joined, dtype="<u4").reshape(-1, NUM_HASHES)


def similarity(signatures: Signatures, left: Rows, right: Rows) -> npt.NDArray[np.float64]:
    """The estimated Jaccard similarity of each pair ``left[i]``, ``right[i]``."""
    return np.asarray((signatures[left] == signatures[right]).mean(axis=1), dtype=np.float64)


def hashes_per_band(threshold: float) -> int:
    """The longest band with which pairs at ``threshold`` are candidates often enough.

    A pair of similarity s shares one of b bands of r entries with probability 1 - (1 - s^r)^b.
    """
    lengths = range(NUM_HASHES, 1, -1)
    found = (
        length
        for length in lengths
        if 1 - (1 - threshold**length) ** (NUM_HASHES // length) >= MIN_RECALL
    )
    return next(found, 1)


def buckets(signatures: Signatures, threshold: float) -> Iterator[Rows]:
    """Rows that share a band, in groups of two and more, each in order; band after band."""
    length = hashes_per_band(threshold)
    for start in range(0, NUM_HASHES - length + 1, length):
        band = np.ascontiguousarray(signatures[:, start : start + length])
        keys = band.view(np.dtype((np.void, 4 * length))).ravel()
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        ends = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
        bounds = np.concatenate(([0], ends, [len(order)]))
        for at in np.flatnonzero(np.diff(bounds) > 1):
            yield order[bounds[at] : bounds[at + 1]]
