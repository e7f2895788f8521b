"""Lines for the terminal."""

import pytest

from tests.training.evaluation.examples import metric_row, table
from training.evaluation.bootstrap import BootstrapSettings
from training.evaluation.comparing import compare
from training.evaluation.console import (
    comparison_lines,
    shown,
    shown_change,
    shown_interval,
    summary_lines,
)
from training.evaluation.figures import find_figure
from training.evaluation.summary import Summary, estimates, slices

SETTINGS = BootstrapSettings(num_resamples=100)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("delta_chr_f", 61.234, "61.23"),
        ("show_rate", 0.5, "50.0 %"),
        ("reversal_ratio", 0.0312, "0.031"),
        ("seconds", 0.25, "0.250 s"),
        ("show_rate", None, "-"),
    ],
)
def test_values(name: str, value: float | None, text: str) -> None:
    assert shown(find_figure(name), value) == text


def test_intervals_and_changes() -> None:
    rate = find_figure("show_rate")
    assert shown_interval(rate, (0.25, 0.5)) == "[25.0, 50.0]"
    assert shown_interval(rate, None) == ""
    assert shown_change(rate, 0.1) == "+10.0 %"
    assert shown_change(rate, -0.1) == "-10.0 %"
    assert shown_change(rate, -0.00001) == "0.0 %"


def _metrics(score: float) -> dict[str, float | None]:
    return {"delta_chr_f": score, "wanted": 1.0, "given": 1.0}


def test_a_summary_says_what_it_found() -> None:
    found = table([metric_row(str(number), _metrics(50.0), language="go") for number in range(4)])
    summary = Summary(
        num_examples=4,
        num_predictions=4,
        num_without_prediction=2,
        figures=estimates(found, SETTINGS),
        distributions={"seconds": {"p50": 0.25}},
        providers={"student": 4},
        reasons={"markers_missing": 1},
        unit="session",
        num_clusters=4,
        num_resamples=100,
        confidence=0.95,
        seed=0,
        slices=slices(found, SETTINGS),
    )
    lines = summary_lines(summary)
    assert lines[0].startswith("4 examples, 4 predictions (student 4); 95% intervals over 4")
    assert lines[1] == "2 examples without a prediction left out"
    assert any(line.split()[:3] == ["deltaChrF", "50.00", "[50.00,"] for line in lines)
    assert any(line.split()[:2] == ["go", "4"] for line in lines)
    assert "no edit: markers_missing 1" in lines


def test_a_comparison_marks_what_is_sure() -> None:
    old = [metric_row(str(number), _metrics(50.0), language="go") for number in range(4)]
    new = [metric_row(str(number), _metrics(60.0), language="go") for number in range(4)]
    lines = comparison_lines(compare(table(new), table(old), SETTINGS, "example", ("b", "a")))
    assert lines[0] == "run: b, against: a"
    (line,) = (line for line in lines if line.startswith("deltaChrF "))
    assert line.split() == [
        "deltaChrF",
        "50.00",
        "60.00",
        "+10.00",
        "[10.00,",
        "10.00]",
        "+",
        "4/0/0",
    ]
    assert any(line.split()[:4] == ["go", "4", "+10.00", "+"] for line in lines)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://github.com/fastify/fastify", "fastify/fastify"),
        ("https://git.example.com/tools/editors/prediction.git/", "…itors/prediction.git"),
        ("https://github.com/a-long-owner/a-long-repository", "…er/a-long-repository"),
    ],
)
def test_a_repository_is_named_without_its_host(address: str, said: str) -> None:
    rows = [metric_row("1", _metrics(50.0), repository_url=address)]
    lines = comparison_lines(compare(table(rows), table(rows), SETTINGS, "example", ("b", "a")))
    place = next(at for at, line in enumerate(lines) if line.startswith("repository"))
    assert lines[place + 1].split()[0] == said
