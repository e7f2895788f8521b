"""The cases worth looking at: where a run does worst and best, with their texts.

Only the leading few of each group are held. Where cases are equal, a digest decides, so that they
are not all from the start of the file.
"""

import hashlib
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from training.errors import InvalidRow
from training.evaluation.outcomes import (
    excerpt_of,
    expected_outcomes,
    predicted_outcome,
    prompt_input_of,
)
from training.evaluation.parts import Metrics
from training.evaluation.rows import UNKNOWN, kind_of
from training.examples import Example, Prediction, Record, Score


class Case(Record):
    """One prediction with its texts: the excerpt before, as expected, and as predicted.

    Cursors are in bytes of the texts. ``first_row`` is the excerpt's row in the file.
    """

    key: str
    name: str
    repository_url: str = ""
    path: str = ""
    language: str = UNKNOWN
    kind: str = UNKNOWN
    provider: str = ""
    reason: str | None = None
    metrics: dict[str, float | None]
    first_row: int = 0
    before: str
    cursor: int
    expected: str
    expected_cursor: int | None = None
    predicted: str
    predicted_cursor: int | None = None


class Cases(Record):
    """The leading cases of each group, by the group's name, the most striking first."""

    groups: dict[str, tuple[Case, ...]]


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """``strikes`` says how striking a prediction of the group is; None if it is not of it."""

    name: str
    title: str
    strikes: Callable[[Metrics], float | None]


def _wrong_edit(metrics: Metrics) -> float | None:
    if not (metrics.get("wanted") and metrics.get("given")) or metrics.get("exact_match"):
        return None
    return -(metrics.get("delta_chr_f") or 0.0)


def _needless_edit(metrics: Metrics) -> float | None:
    if metrics.get("wanted") or not metrics.get("given"):
        return None
    return (metrics.get("inserted_tokens") or 0.0) + (metrics.get("deleted_tokens") or 0.0)


def _missed_edit(metrics: Metrics) -> float | None:
    return 0.0 if metrics.get("wanted") and not metrics.get("given") else None


def _undoing(metrics: Metrics) -> float | None:
    return metrics.get("reversal_ratio") or None


def _good_edit(metrics: Metrics) -> float | None:
    """Among the right ones those that save most typing."""
    if not (metrics.get("wanted") and metrics.get("given")):
        return None
    saved = (metrics.get("inserted_tokens") or 0.0) + (metrics.get("deleted_tokens") or 0.0)
    return (metrics.get("delta_chr_f") or 0.0) * 1000 + min(saved, 999.0)


GROUPS = (
    CaseGroup("wrong", "Wrong: an edit was wanted, and another one given", _wrong_edit),
    CaseGroup("needless", "Needless: an edit was given, and none wanted", _needless_edit),
    CaseGroup("missed", "Missed: an edit was wanted, and none given", _missed_edit),
    CaseGroup("undoing", "Undoing: what the user did last is taken back", _undoing),
    CaseGroup("best", "Best: the largest of the right edits", _good_edit),
)


_Held = tuple[float, str, int, Case]
"""How striking, a lot that decides between equals, the place in the run, the case."""


@dataclass(slots=True)
class CaseCollector:
    """Holds the ``num_cases`` most striking cases of each group."""

    num_cases: int
    _num_seen: int = 0
    _heaps: dict[str, list[_Held]] = field(
        default_factory=lambda: {group.name: [] for group in GROUPS}
    )

    def add(self, example: Example, key: str, provider: str | None = None) -> None:
        """Consider every scored prediction, of ``provider`` or of all; ``key`` is the example's."""
        pairs = zip(example.predictions, example.scores, strict=True)
        for number, (prediction, score) in enumerate(pairs):
            if provider is None or prediction.provider == provider:
                self._num_seen += 1
                lot = hashlib.sha256(f"{key} {number}".encode()).hexdigest()
                self._consider(example, key, prediction, score, lot)

    def cases(self) -> Cases:
        """The most striking first."""
        ordered = {name: sorted(heap, reverse=True) for name, heap in self._heaps.items()}
        return Cases(
            groups={name: tuple(held[-1] for held in heap) for name, heap in ordered.items()}
        )

    def _consider(
        self, example: Example, key: str, prediction: Prediction, score: Score, lot: str
    ) -> None:
        case: Case | None = None
        for group in GROUPS:
            striking = group.strikes(score.metrics)
            if striking is None or not self.num_cases:
                continue
            heap = self._heaps[group.name]
            is_full = len(heap) == self.num_cases
            if is_full and (striking, lot) <= heap[0][:2]:
                continue
            case = case or case_of(example, key, prediction, score)
            held = (striking, lot, -self._num_seen, case)
            if is_full:
                heapq.heapreplace(heap, held)
            else:
                heapq.heappush(heap, held)


def case_of(example: Example, key: str, prediction: Prediction, score: Score) -> Case:
    """The case with its texts. Raises ``RowError`` as ``expected_outcomes`` does."""
    prompt_input = prompt_input_of(example)
    expected_ones = expected_outcomes(example)
    reference = score.reference or 0
    if not 0 <= reference < len(expected_ones):
        raise InvalidRow("a score is about an expected patch that is not there; run score again")
    expected = expected_ones[reference]
    predicted = predicted_outcome(prompt_input, prediction)
    return Case(
        key=key,
        name=example.spec.name,
        repository_url=example.spec.repository_url,
        path=prompt_input.cursor_path,
        language=example.language or UNKNOWN,
        kind=kind_of(example),
        provider=prediction.provider,
        reason=score.reason or prediction.reason,
        metrics=score.metrics,
        first_row=prompt_input.excerpt_start_row or 0,
        before=excerpt_of(prompt_input),
        cursor=prompt_input.cursor_offset_in_excerpt,
        expected=expected.text,
        expected_cursor=expected.cursor,
        predicted=predicted.text,
        predicted_cursor=predicted.cursor,
    )
