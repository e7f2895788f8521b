"""The summary of an evaluation: every figure with its interval, for all examples and for slices."""

from collections.abc import Iterator, Mapping

import numpy as np
from pydantic import Field

from training.evaluation.bootstrap import BootstrapSettings, intervals, resampled
from training.evaluation.figures import FIGURES, HEADLINES
from training.evaluation.table import Numbers, Table, Unit
from training.examples import Record

MAX_SLICES = 60
"""Of one grouping, the largest ones; the others are counted."""
DIGITS = 6


class Estimate(Record):
    """A figure; ``interval`` is its lower and upper bound. ``num_examples`` have a say in it."""

    value: float
    interval: tuple[float, float] | None = None
    num_examples: int


class Slice(Record):
    """Figures of a part of the examples."""

    num_examples: int
    figures: dict[str, Estimate]


class Summary(Record):
    """What an evaluation found. ``slices`` are by grouping and name; rates are from 0 to 1.

    ``providers`` and ``reasons`` count predictions: who answered, and why there was no edit, be it
    a decision or an answer that could not be used.
    """

    num_examples: int
    num_predictions: int
    num_without_prediction: int
    figures: dict[str, Estimate]
    distributions: dict[str, dict[str, float]] = Field(default_factory=dict)
    providers: dict[str, int] = Field(default_factory=dict)
    reasons: dict[str, int] = Field(default_factory=dict)
    unit: Unit
    num_clusters: int
    num_resamples: int
    confidence: float
    seed: int
    slices: dict[str, dict[str, Slice]] = Field(default_factory=dict)
    num_left_out_slices: dict[str, int] = Field(default_factory=dict)


def estimates(table: Table, settings: BootstrapSettings) -> dict[str, Estimate]:
    """Every figure that some example has a say in. Empty for a table without rows."""
    if not len(table):
        return {}
    sums = table.sums()
    found = intervals(resampled(sums, settings), settings.confidence)
    counts = np.count_nonzero(table.denominators, axis=0)
    return {
        figure.name: Estimate(
            value=_rounded(value),
            interval=bounds and (_rounded(bounds[0]), _rounded(bounds[1])),
            num_examples=int(count),
        )
        for figure, value, bounds, count in zip(FIGURES, sums.ratios, found, counts, strict=True)
        if count
    }


def slices(table: Table, settings: BootstrapSettings) -> dict[str, dict[str, Slice]]:
    """The headlines by grouping and name, of the largest slices first."""
    return {
        grouping: {
            name: Slice(num_examples=len(rows), figures=_headlines(table.take(rows), settings))
            for name, rows in largest_parts(table, grouping)
        }
        for grouping in table.groupings
    }


def largest_parts(table: Table, grouping: str) -> Iterator[tuple[str, Numbers]]:
    """Names and rows of the parts, the largest first, equal ones by name; at most 60."""
    labels = table.groupings[grouping]
    sizes = np.bincount(labels.numbers, minlength=len(labels.names))
    present = [number for number, size in enumerate(sizes) if size]
    order = sorted(present, key=lambda number: (-sizes[number], labels.names[number]))
    for number in order[:MAX_SLICES]:
        yield labels.names[number], np.flatnonzero(labels.numbers == number)


def num_left_out(table: Table) -> Mapping[str, int]:
    """By grouping, how many slices there are beyond the largest."""
    sizes = {name: len(set(labels.numbers)) for name, labels in table.groupings.items()}
    return {name: size - MAX_SLICES for name, size in sizes.items() if size > MAX_SLICES}


def _headlines(part: Table, settings: BootstrapSettings) -> dict[str, Estimate]:
    found = estimates(part, settings)
    return {name: found[name] for name in HEADLINES if name in found}


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)
