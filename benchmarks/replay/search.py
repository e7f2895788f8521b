"""How many people may type on one machine before answers come too late."""

from collections.abc import Callable, Mapping

from benchmarks.replay.figures import Figures
from benchmarks.replay.shares import Shares

TARGET_MS = 300.0
Measure = Callable[[Shares], Figures]


def is_in_time(figures: Figures) -> bool:
    """Whether nine of ten answers would come within the target if they were waited for."""
    p90 = figures["latency_if_waited_for"]["p90_ms"]
    return p90 is not None and p90 <= TARGET_MS


def most_typists(measure: Measure, shares: Shares) -> tuple[int, dict[int, Figures]]:
    """How many of the typists are in time together, and the figures of all numbers tried."""
    most = len(shares)
    tried: dict[int, Figures] = {}

    def fits(number: int) -> bool:
        tried[number] = measure(shares[:number])
        return is_in_time(tried[number])

    good, bad = 0, 1
    while bad <= most and fits(bad):
        good, bad = bad, bad * 2
    bad = min(bad, most + 1)
    while bad - good > 1:
        middle = (good + bad) // 2
        if fits(middle):
            good = middle
        else:
            bad = middle
    return good, tried


def growth(runs: Mapping[int, Figures]) -> Figures:
    """Percentiles at each value relative to those at the first."""
    first = next(iter(runs.values()))["latency_if_waited_for"]
    return {
        str(value): {
            name: round(ms / first[name], 3) if ms is not None and first[name] else None
            for name, ms in figures["latency_if_waited_for"].items()
        }
        for value, figures in runs.items()
    }
