"""How values of single predictions are spread: percentiles, and histograms for the report."""

from array import array
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from training.evaluation.parts import Metrics
from training.evaluation.rows import EvaluatedRow

PERCENTILES = (25, 50, 75, 90, 99)


def _value(name: str, where: str | None = None) -> Callable[[Metrics], float | None]:
    return lambda metrics: metrics.get(name) if where is None or metrics.get(where) else None


def _changed_tokens(metrics: Metrics) -> float | None:
    if not metrics.get("given"):
        return None
    return (metrics.get("inserted_tokens") or 0.0) + (metrics.get("deleted_tokens") or 0.0)


SPREADS: dict[str, Callable[[Metrics], float | None]] = {
    "delta_chr_f_wanted": _value("delta_chr_f", "wanted"),
    "seconds": _value("seconds"),
    "num_tokens": _value("num_tokens"),
    "changed_tokens": _changed_tokens,
}
"""``changed_tokens`` are those of code that an edit inserts and deletes."""


class Distributions:
    """The values of all predictions, by name."""

    def __init__(self) -> None:
        self._values = {name: array("d") for name in SPREADS}

    def add(self, row: EvaluatedRow) -> None:
        """Count every prediction of ``row``."""
        for prediction in row.predictions:
            for name, value_of in SPREADS.items():
                value = value_of(prediction.metrics)
                if value is not None:
                    self._values[name].append(value)

    def values(self, name: str) -> npt.NDArray[np.float64]:
        """In the order in which they came."""
        return np.array(self._values[name])

    def percentiles(self) -> dict[str, dict[str, float]]:
        """By name those of ``PERCENTILES`` as ``p50`` and so on; without those of no value."""
        return {
            name: dict(
                zip(
                    (f"p{percent}" for percent in PERCENTILES),
                    (round(float(each), 6) for each in np.percentile(values, PERCENTILES)),
                    strict=True,
                )
            )
            for name, values in self._values.items()
            if values
        }
