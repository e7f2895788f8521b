import io

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from training.runner.progress import LiveProgress, ProgressView, open_progress
from training.runner.values import ChunkResult, Counts, Failure


def half() -> float:
    return 0.5


def test_a_line_says_what_became_of_the_rows() -> None:
    counts = Counts()
    view = ProgressView(counts, half)
    result = ChunkResult(1500, [b""] * 1400, [Failure(1, "a", "internal", "KeyError")])
    result.dropped["too_long"] = 99
    counts.add(result)
    view.stats = lambda: {"num_cache_hits": 7, "num_calls": 3}
    parts = view.line().split(" · ")
    assert parts[:2] == ["50%", "1,500 rows"]
    assert parts[2].endswith("/s")
    assert parts[3:] == ["99 dropped", "1 failed", "7 cache hits"]


def test_the_rate_counts_only_the_rows_of_this_start() -> None:
    view = ProgressView(Counts(num_in=1000), lambda: None)
    assert view.line() == "1,000 rows · 0.0/s"


def test_a_source_counts_its_units_and_what_they_gave() -> None:
    view = ProgressView(Counts(num_in=3, num_out=1200), lambda: None, "units")
    assert view.line().split(" · ")[::2] == ["3 units", "1,200 rows out"]


def test_nothing_is_printed_at_once_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    counts = Counts()
    with open_progress("mark", counts, half) as view:
        counts.num_in = 3
        view.show()
    assert capsys.readouterr().err == ""


def test_a_terminal_shows_the_line_in_place() -> None:
    screen = io.StringIO()
    columns = (TextColumn("{task.description}"), TextColumn("{task.fields[text]}"))
    console = Console(file=screen, force_terminal=True, width=100)
    counts = Counts()
    with Progress(*columns, console=console, auto_refresh=False) as display:
        view = LiveProgress("mark", counts, half, display)
        counts.num_in = 3
        view.show()
        display.refresh()
    assert "mark 50% · 3 rows" in screen.getvalue()
