"""The table: columns by figure, clusters by unit, keys that are unique."""

import numpy as np
import pytest

from tests.training.evaluation.examples import metric_row, table
from training.evaluation.figures import FIGURES
from training.evaluation.table import Unit

COLUMN = [figure.name for figure in FIGURES].index("delta_chr_f")


def test_a_row_for_each_example() -> None:
    found = table(
        [metric_row("a", {"delta_chr_f": 10.0}, {"delta_chr_f": 30.0}), metric_row("b", {})]
    )
    assert found.keys == ("a", "b") and len(found) == 2
    assert found.numerators[:, COLUMN].tolist() == [20.0, 0.0]
    assert found.denominators[:, COLUMN].tolist() == [1.0, 0.0]


def test_equal_examples_get_a_number() -> None:
    same = [metric_row("a", {}), metric_row("b", {}), metric_row("a", {}), metric_row("a", {})]
    assert table(same).keys == ("a", "b", "a#2", "a#3")


@pytest.mark.parametrize(("unit", "num"), [("example", 4), ("session", 3), ("repository", 2)])
def test_clusters(unit: Unit, num: int) -> None:
    rows = [
        metric_row("a", {}, repository_url="x", session="s"),
        metric_row("b", {}, repository_url="x", session="s"),
        metric_row("c", {}, repository_url="x"),
        metric_row("d", {}),
    ]
    found = table(rows, unit)
    assert len(found.sums().numerators) == num


def test_rows_can_be_taken() -> None:
    rows = [metric_row(name, {"delta_chr_f": 1.0}, language=name) for name in "abc"]
    found = table(rows).take(np.array([2, 0]))
    assert found.keys == ("c", "a")
    labels = found.groupings["language"]
    assert [labels.names[number] for number in labels.numbers] == ["c", "a"]
    assert found.sums().numerators[:, COLUMN].sum() == 2.0


def test_a_table_without_rows() -> None:
    assert len(table([])) == 0
