"""Distributions: percentiles of single predictions."""

from tests.training.evaluation.examples import metric_row
from training.evaluation.distributions import Distributions


def test_percentiles() -> None:
    spread = Distributions()
    for number in range(101):
        spread.add(metric_row(str(number), {"seconds": float(number), "wanted": 0.0}))
    assert spread.percentiles() == {
        "seconds": {"p25": 25.0, "p50": 50.0, "p75": 75.0, "p90": 90.0, "p99": 99.0}
    }


def test_changed_tokens_are_those_of_edits() -> None:
    spread = Distributions()
    edit = {"given": 1.0, "inserted_tokens": 4.0, "deleted_tokens": 1.0}
    spread.add(metric_row("a", edit, edit | {"given": 0.0}))
    assert spread.values("changed_tokens").tolist() == [5.0]


def test_every_prediction_counts() -> None:
    spread = Distributions()
    spread.add(metric_row("a", {"num_tokens": 1.0}, {"num_tokens": 3.0}, {"num_tokens": None}))
    assert spread.values("num_tokens").tolist() == [1.0, 3.0]
