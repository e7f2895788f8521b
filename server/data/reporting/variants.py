"""Who made a prediction: everything that its outcome is to be credited to, under a short digest."""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Protocol

from rollout import Arm, Assignment

DIGEST_CHARS = 10
MAX_MADE = 256
"""Variants that need not be made again: more than are served at a time."""


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
    """Keeps variants by digest, for as long as their predictions may be heard of again.

    Both may raise ``LogUnavailable``.
    """

    def add_variant(self, digest: str, variant: Variant) -> None: ...

    def find_variant(self, digest: str) -> Variant | None: ...


class Variants:
    """The variants of a deployment. What this process made itself it finds without the table."""

    def __init__(self, table: VariantTable | None = None) -> None:
        self._known: dict[str, Variant] = {}
        self._kept: set[str] = set()
        self._table = table

    def of(self, assignment: Assignment, model_version: str) -> tuple[str, Variant]:
        """The variant with its digest. Touches no disk: ``keep`` does."""
        digest, variant = made(assignment.experiment, assignment.arm, model_version)
        self._known[digest] = variant
        return digest, variant

    def keep(self) -> None:
        """Make what was met durable. What fails is tried again with the next call."""
        for digest in self._known.keys() - self._kept:
            if self._table is not None:
                self._table.add_variant(digest, self._known[digest])
            self._kept.add(digest)

    def find(self, digest: str) -> Variant | None:
        """The variant of a digest, also of a process that is gone."""
        known = self._known.get(digest)
        if known is None and self._table is not None:
            known = self._table.find_variant(digest)
        return known


@lru_cache(MAX_MADE)
def made(experiment: str, arm: Arm, model_version: str) -> tuple[str, Variant]:
    """What ``model_version`` makes as an arm of an experiment, with its digest."""
    fields = asdict(arm) | {"judge": arm.judge and arm.judge.model_dump()}
    config_version = _digest(json.dumps(fields, sort_keys=True))
    variant = Variant(experiment, arm.key, arm.prompt_format, model_version, config_version)
    return variant.digest, variant


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARS]
