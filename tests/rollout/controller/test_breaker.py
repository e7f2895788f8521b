"""What is taken back at once."""

import pytest

from rollout.controller.breaker import Limits, trouble
from rollout.health.counts import Counts

LIMITS = Limits()


@pytest.mark.parametrize(
    ("treatment", "control", "words"),
    [
        (
            Counts(400, 80, 0),
            Counts(400, 0, 0),
            "most requests failed for 20% of 400 users",
        ),
        (
            Counts(1000, 0, 300),
            Counts(1000, 0, 50),
            "most requests were slow for 30% of 1,000",
        ),
        (Counts(100, 100, 0), Counts(), "most requests failed for 100% of 100 users"),
    ],
)
def test_broken(treatment: Counts, control: Counts, words: str) -> None:
    reason = trouble(treatment, control, LIMITS)
    assert reason is not None and reason.startswith(words)


@pytest.mark.parametrize(
    ("treatment", "control"),
    [
        (Counts(99, 99, 99), Counts(99, 0, 0)),
        (Counts(200, 10, 0), Counts(200, 0, 0)),
        (Counts(200, 100, 0), Counts(200, 60, 0)),
        (Counts(200, 0, 100), Counts(200, 0, 90)),
        (Counts(200, 0, 20), Counts(200, 0, 0)),
        (Counts(200, 14, 0), Counts(200, 3, 0)),
        (Counts(1000, 0, 150), Counts(1000, 0, 50)),
        (Counts(200, 20, 0), Counts(200, 0, 0)),
        (Counts(900, 120, 0), Counts(20, 1, 0)),
    ],
)
def test_too_few_or_not_its_fault(treatment: Counts, control: Counts) -> None:
    assert trouble(treatment, control, LIMITS) is None
