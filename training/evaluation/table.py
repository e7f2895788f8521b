"""The scores of all examples as numbers in columns: what figures are taken from."""

from array import array
from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from training.evaluation.bootstrap import Array, Sums, cluster_sums
from training.evaluation.figures import FIGURES
from training.evaluation.rows import UNKNOWN, EvaluatedRow

Unit = Literal["example", "session", "repository"]
"""What is drawn anew as a whole. A session is one of typing, else a commit, else an example."""

Numbers = npt.NDArray[np.int64]

GROUPINGS = ("kind", "language", "repository")


@dataclass(frozen=True, slots=True)
class Labels:
    """A text for each row, as the number of its place among ``names``."""

    names: tuple[str, ...]
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class Table:
    """A row for each example with a prediction, a column for each of ``FIGURES``, in order.

    ``keys`` are unique: the second of two equal examples gets a number.
    """

    keys: tuple[str, ...]
    numerators: Array
    denominators: Array
    clusters: Labels
    groupings: dict[str, Labels]

    def __len__(self) -> int:
        return len(self.keys)

    def sums(self, rows: Numbers | None = None) -> Sums:
        """By cluster, of some rows or of all."""
        chosen = slice(None) if rows is None else rows
        return cluster_sums(
            self.numerators[chosen], self.denominators[chosen], self.clusters.numbers[chosen]
        )

    def take(self, rows: Numbers) -> "Table":
        """The table of these rows, in this order."""
        return Table(
            keys=tuple(self.keys[row] for row in rows),
            numerators=self.numerators[rows],
            denominators=self.denominators[rows],
            clusters=Labels(self.clusters.names, self.clusters.numbers[rows]),
            groupings={
                grouping: Labels(labels.names, labels.numbers[rows])
                for grouping, labels in self.groupings.items()
            },
        )


class TableBuilder:
    """Takes rows one by one and keeps their numbers only."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._keys: Counter[str] = Counter()
        self._names: list[str] = []
        self._values = array("d")
        self._clusters = _Labelling()
        self._groupings = {grouping: _Labelling() for grouping in GROUPINGS}

    def add(self, row: EvaluatedRow) -> None:
        """Count ``row``, which has a prediction."""
        self._keys[row.key] += 1
        number = self._keys[row.key]
        self._names.append(row.key if number == 1 else f"{row.key}#{number}")
        self._clusters.add(_cluster_of(row, self._unit))
        self._groupings["kind"].add(row.kind)
        self._groupings["language"].add(row.language)
        self._groupings["repository"].add(row.repository_url or UNKNOWN)
        metrics = [prediction.metrics for prediction in row.predictions]
        for figure in FIGURES:
            self._values.extend(figure.part_of_example(metrics))

    def table(self) -> Table:
        """All rows so far."""
        values = np.array(self._values).reshape(len(self._names), len(FIGURES), 2)
        return Table(
            keys=tuple(self._names),
            numerators=values[:, :, 0],
            denominators=values[:, :, 1],
            clusters=self._clusters.labels(),
            groupings={name: labelling.labels() for name, labelling in self._groupings.items()},
        )


class _Labelling:
    """Texts as numbers, given in the order in which they appear."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._rows = array("q")

    def add(self, text: str) -> None:
        self._rows.append(self._numbers.setdefault(text, len(self._numbers)))

    def labels(self) -> Labels:
        return Labels(tuple(self._numbers), np.array(self._rows, dtype=np.int64))


def _cluster_of(row: EvaluatedRow, unit: Unit) -> str:
    if unit == "repository" and row.repository_url:
        return row.repository_url
    return row.session if unit != "example" and row.session else row.key
