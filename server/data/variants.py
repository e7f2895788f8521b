"""Who made a prediction: everything that its outcome is to be credited to, under a short digest."""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Protocol

from rollout import Assignment

DIGEST_CHARS = 10


@dataclass(frozen=True, slots=True)
class Variant:
    """An arm as it was configured, with the model that served it."""

    experiment: str
    arm: str
    prompt_format: str
    model_version: str
    config_version: str
    """Digest of everything else that the arm sets."""

    @property
    def digest(self) -> str:
        """Ten characters: two variants of one deployment do not share it by chance."""
        return _digest(json.dumps(asdict(self)))


class VariantTable(Protocol):
    """Keeps variants by digest, for as long as their predictions may be heard of again."""

    def add_variant(self, digest: str, variant: Variant) -> None: ...

    def find_variant(self, digest: str) -> Variant | None: ...


class Variants:
    """The variants of a deployment. What this process made itself it finds without the table."""

    def __init__(self, table: VariantTable | None = None) -> None:
        self._known: dict[str, Variant] = {}
        self._table = table

    def of(self, assignment: Assignment, model_version: str) -> tuple[str, Variant]:
        """The variant with its digest; made durable when it is met for the first time."""
        digest, variant = _variant(assignment, model_version)
        if digest not in self._known:
            self._known[digest] = variant
            if self._table is not None:
                self._table.add_variant(digest, variant)
        return digest, variant

    def find(self, digest: str) -> Variant | None:
        """The variant of a digest, also of a process that is gone."""
        known = self._known.get(digest)
        if known is None and self._table is not None:
            known = self._table.find_variant(digest)
            if known is not None:
                self._known[digest] = known
        return known


@lru_cache(maxsize=256)
def _variant(assignment: Assignment, model_version: str) -> tuple[str, Variant]:
    arm = assignment.arm
    config_version = _digest(json.dumps(asdict(arm), sort_keys=True))
    variant = Variant(
        assignment.experiment, arm.key, arm.prompt_format, model_version, config_version
    )
    return variant.digest, variant


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARS]
