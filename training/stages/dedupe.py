"""``dedupe``: of examples that say the same, a few are kept: those least alike.

First the exact ones: same window round the cursor, same answers. Then those whose code tokens are
alike (``training.similarity.near_duplicates``), joined into clusters. Rows stay in their order.
"""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from pydantic import Field

from training.examples import Example
from training.similarity.clusters import clusters, least_alike
from training.similarity.example_code import code_at_cursor
from training.similarity.near_duplicates import gather, signature
from training.stage import Dropped, StageConfig, SurveyStage

KEY_BYTES = 16
KEPT, EXACT, NEAR = 0, 1, 2


class DedupeConfig(StageConfig):
    """What counts as the same, and how much of it stays.

    The threshold is 0.7 and two stay: moments of one commit share much of what stands around the
    cursor. At 0.5 they form chains of hundreds, and half of all rows made from git history go.
    """

    threshold: float = Field(default=0.7, gt=0, le=1, description="Jaccard similarity.")
    max_per_cluster: int = Field(default=2, ge=1, description="Near-duplicates that are kept.")
    seed: int = Field(default=0, ge=0, lt=1 << 32)


def digest(example: Example, config: DedupeConfig) -> bytes:
    """A key for exact comparison, then the signature. Raises ``MissingSection``."""
    code = code_at_cursor(example)
    key = blake2b(code.encode(), digest_size=KEY_BYTES).digest()
    return key + signature(code, config.seed)


def survey(digests: Iterable[bytes], config: DedupeConfig) -> bytes:
    """One byte for each row: ``KEPT``, ``EXACT`` or ``NEAR``."""
    seen: set[bytes] = set()
    fates = bytearray()
    signatures = bytearray()
    for each in digests:
        key = each[:KEY_BYTES]
        fates.append(EXACT if key in seen else KEPT)
        if key not in seen:
            signatures += each[KEY_BYTES:]
        seen.add(key)
    rows = np.flatnonzero(np.frombuffer(bytes(fates), dtype=np.uint8) == KEPT)
    kept = gather([bytes(signatures)])
    for members in clusters(kept, config.threshold):
        stay = set(least_alike(kept, members, config.max_per_cluster).tolist())
        for member in members.tolist():
            if member not in stay:
                fates[rows[member]] = NEAR
    return bytes(fates)


def run(example: Example, index: int, fates: bytes, _config: DedupeConfig) -> Example | Dropped:
    """The row as it is, or why it goes."""
    if fates[index] == KEPT:
        return example
    return Dropped("duplicate" if fates[index] == EXACT else "near_duplicate")


STAGE = SurveyStage(
    name="dedupe",
    summary="keeps a few of the examples that say the same, those least alike",
    version=1,
    config=DedupeConfig,
    survey=survey,
    run=run,
    digest=digest,
)
