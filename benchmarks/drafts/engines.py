"""What checking a draft costs: measured step times of real engines, relative to a plain step."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from model.drafting import StepCost


@dataclass(frozen=True, slots=True)
class MeasuredEngine:
    """``points``: the relative time of a step by the number of drafted tokens it checks.

    ``assumed`` is what the drafter is told at the start.
    """

    points: tuple[tuple[int, float], ...]
    assumed: StepCost

    def cost_of(self, num_drafted: int) -> float:
        """Relative time of one step, straight lines between and beyond the points."""
        segments = list(pairwise(((0, 1.0), *self.points)))
        starts = [first for (first, _), _ in segments]
        (x, y), (x_end, y_end) = segments[bisect_right(starts, num_drafted) - 1]
        return y + (num_drafted - x) * (y_end - y) / (x_end - x)


ENGINES = {
    "embedded": MeasuredEngine(
        ((3, 1.08), (7, 1.23), (15, 1.49), (31, 2.20), (47, 3.12), (63, 3.49)),
        StepCost(per_token=0.04),
    ),
    "vllm-cpu": MeasuredEngine(
        ((8, 1.47), (16, 1.50), (32, 1.75)), StepCost(fixed=0.4, per_token=0.011)
    ),
}
"""On two cores; ``benchmarks/RESULTS.md`` has how ``embedded`` was measured, the other is vLLM 0.32
with a model of 135 M parameters and 1,000 tokens of context. No GPU is in the table yet."""
