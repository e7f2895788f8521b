import pytest

from benchmarks.replay.figures import Figures
from benchmarks.replay.search import growth, most_typists
from benchmarks.replay.shares import Shares
from tests.benchmarks.replay.passages import passage

SHARES: Shares = [[passage()]] * 12


def latency(p90: float | None) -> Figures:
    return {"latency_if_waited_for": {"p50_ms": 10.0, "p90_ms": p90}}


@pytest.mark.parametrize("capacity", [0, 1, 2, 5, 11, 12, 99])
def test_the_largest_number_in_time_is_found(capacity: int) -> None:
    found, tried = most_typists(
        lambda shares: latency(300.0 if len(shares) <= capacity else None), SHARES
    )
    assert found == min(capacity, 12)
    assert max(tried) <= 12 and len(tried) <= 8


def test_growth_is_relative_to_the_first_value() -> None:
    found = growth({100: latency(20.0), 1000: latency(50.0), 9000: latency(None)})
    assert found["1000"] == {"p50_ms": 1.0, "p90_ms": 2.5}
    assert found["9000"]["p90_ms"] is None
