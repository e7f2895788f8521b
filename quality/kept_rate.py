"""Kept rate: how much of a prediction is still there when the region has settled.

The production metric of Zed's pipeline. Base is the region before the prediction, candidate the
predicted region, reference the settled one (offline: the expected one). Units are those of
``prompt_format.code_tokens``; every size is in UTF-8 bytes.

    candidate_new      candidate units outside LCS(candidate, base);  reference_new likewise
    candidate_deleted  base units outside LCS(base, candidate);       reference_deleted likewise
    kept               LCS(candidate_new, reference_new);             discarded = the rest of them
    correctly_deleted  base units that both delete
    context            candidate units inside LCS(candidate, base)

    kept_rate   = (kept + correctly_deleted) / (candidate_new + candidate_deleted)
    recall_rate = (kept + correctly_deleted) / (reference_new + reference_deleted)

A rate without a denominator is 1 if the other side changes nothing either, else 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress

from prompt_format.code_tokens import tokenize
from quality.common_subsequence import common_mask

MAX_GROWTH_DIFFERENCE_BYTES = 512
"""Beyond it candidate and reference are too unlike to compare: the user went somewhere else."""


@dataclass(frozen=True, slots=True)
class KeptRate:
    """The two rates and the sizes they come from, in UTF-8 bytes."""

    candidate_new_chars: int
    reference_new_chars: int
    candidate_deleted_chars: int
    reference_deleted_chars: int
    kept_chars: int
    correctly_deleted_chars: int
    discarded_chars: int
    context_chars: int
    kept_rate: float
    recall_rate: float


def kept_rate(base: str, candidate: str, reference: str) -> KeptRate:
    """Compare a prediction with what its region became."""
    base_size, candidate_size, reference_size = map(_size, (base, candidate, reference))
    if base == candidate == reference:
        return KeptRate(0, 0, 0, 0, 0, 0, 0, base_size, 1.0, 1.0)
    candidate_growth = abs(candidate_size - base_size)
    reference_growth = abs(reference_size - base_size)
    if abs(candidate_growth - reference_growth) > MAX_GROWTH_DIFFERENCE_BYTES:
        return KeptRate(
            candidate_growth, reference_growth, 0, 0, 0, 0, candidate_growth, 0, 0.0, 0.0
        )
    return _compare(tokenize(base), tokenize(candidate), tokenize(reference))


def _compare(base: list[str], candidate: list[str], reference: list[str]) -> KeptRate:
    candidate_new = _outside(candidate, common_mask(candidate, base))
    reference_new = _outside(reference, common_mask(reference, base))
    kept_by_candidate = common_mask(base, candidate)
    kept_by_reference = common_mask(base, reference)
    kept = _total(compress(candidate_new, common_mask(candidate_new, reference_new)))
    correctly_deleted = _total(
        unit
        for unit, *kept_by in zip(base, kept_by_candidate, kept_by_reference, strict=True)
        if not any(kept_by)
    )
    new, wanted = _total(candidate_new), _total(reference_new)
    deleted = _total(_outside(base, kept_by_candidate))
    to_delete = _total(_outside(base, kept_by_reference))
    right = kept + correctly_deleted
    return KeptRate(
        candidate_new_chars=new,
        reference_new_chars=wanted,
        candidate_deleted_chars=deleted,
        reference_deleted_chars=to_delete,
        kept_chars=kept,
        correctly_deleted_chars=correctly_deleted,
        discarded_chars=new - kept,
        context_chars=_total(candidate) - new,
        kept_rate=_rate(right, new + deleted, wanted + to_delete),
        recall_rate=_rate(right, wanted + to_delete, new + deleted),
    )


def _rate(right: int, changed: int, changed_by_other: int) -> float:
    if changed == 0:
        return 0.0 if changed_by_other else 1.0
    return right / changed


def _outside(units: Sequence[str], mask: Sequence[bool]) -> list[str]:
    return [unit for unit, is_common in zip(units, mask, strict=True) if not is_common]


def _total(units: Iterable[str]) -> int:
    return sum(map(_size, units))


def _size(text: str) -> int:
    return len(text.encode())
