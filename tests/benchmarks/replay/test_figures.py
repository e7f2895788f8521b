from pathlib import Path

import pytest

from benchmarks.replay.figures import figures_of, ratios
from benchmarks.replay.keystroke import Keystroke
from benchmarks.replay.plots import plot_growth, plot_latency
from benchmarks.replay.protocols import Answer
from benchmarks.replay.replaying import Replay
from benchmarks.replay.table import table
from benchmarks.replay.waiting import Wait, waiting_percentile


def key(outcome: str, seconds: float | None, gap: float | None, answer: Answer | None) -> Keystroke:
    return Keystroke(0, 0.001, seconds=seconds, gap=gap, outcome=outcome, answer=answer)


EDIT = Answer("text", "edit", "model", 10, 6, 2)
QUIET = Answer(None, "no_change", "quiet", 0, 0, 0)
DROPPED = Answer(None, "superseded", "model", 0, 0, 0)
RUN = Replay(
    keys=(
        key("edit", 0.1, 0.2, EDIT),
        key("no_change", 0.002, 0.2, QUIET),
        key("superseded", 0.21, 0.2, DROPPED),
        key("closed", None, 0.2, None),
        key("edit", 0.4, 0.3, EDIT),
        key("timeout", None, None, None),
    ),
    num_keys_without=8,
    wall_seconds=2.0,
    client_seconds=0.1,
)


def test_every_key_is_counted_once() -> None:
    figures = figures_of(RUN)
    assert figures["keystrokes"] == 6 and figures["answered"] == 3
    assert figures["superseded"] == 2 and figures["failed"] == {"timeout": 1}
    assert figures["sources"] == {"model": 2, "quiet": 1}


def test_shares_are_of_all_keys_and_work_is_by_answer() -> None:
    figures = figures_of(RUN)
    assert figures["answered_before_next_key"] == round(2 / 6, 3)
    assert figures["answered_without_model"] == round(1 / 6, 3)
    assert figures["model_steps_per_answer"] == round(4 / 3, 2)
    assert figures["prefilled_tokens_per_answer"] == round(20 / 3, 2)
    assert figures["keystrokes_saved"] == 0.25
    assert figures["client"]["processor_share"] == 0.05


def test_what_a_server_does_not_tell_is_not_known() -> None:
    silent = Answer("text", "edit")
    figures = figures_of(Replay((key("edit", 0.1, 0.2, silent),), 1, 1.0, 0.0))
    assert figures["model_steps_per_answer"] is None
    assert figures["prefilled_tokens_per_answer"] is None
    assert figures["answered_without_model"] == 0


def test_ratios_are_to_the_baseline_where_both_are_known() -> None:
    figures = figures_of(RUN)
    found = ratios(figures, figures)
    assert found["latency.p50_ms"] == 1 and found["model_steps_per_answer"] == 1
    assert found["server_cpu_ms_per_answer"] is None


def test_a_table_has_a_column_for_each_server() -> None:
    lines = table({"ours": figures_of(RUN), "theirs": figures_of(RUN)}).splitlines()
    assert lines[0].split() == ["ours", "theirs"]
    assert [line.split()[-2:] for line in lines if line.startswith("failed")] == [["1", "1"]]
    assert [line.split()[-2:] for line in lines if "CPU ms per answer" in line] == [["-", "-"]]


def test_without_a_superseded_request_it_is_the_plain_percentile() -> None:
    waits = [Wait(number / 100, True) for number in range(1, 101)]
    assert waiting_percentile(waits, 0.5) == pytest.approx(0.5)
    assert waiting_percentile(waits, 0.9) == pytest.approx(0.9)


def test_those_who_did_not_wait_count_as_long_as_they_did() -> None:
    """Of ten, three are answered at 6 and one gives up; of the six left, one is answered at 7."""
    waits = [Wait(6, True)] * 3 + [Wait(6, False), Wait(7, True)] + [Wait(9, False)] * 5
    assert waiting_percentile(waits, 0.3) == 6
    assert waiting_percentile(waits, 0.4) == 7
    assert waiting_percentile(waits, 0.5) is None


def test_what_few_waited_for_is_not_known() -> None:
    waits = [Wait(1, False)] * 96 + [Wait(2, True)] * 4
    assert waiting_percentile(waits, 0.5) is None
    assert waiting_percentile([*waits, *waits], 0.5) == 2


def test_nobody_waited() -> None:
    assert waiting_percentile([], 0.5) is None
    assert waiting_percentile([Wait(1, False)], 0.5) is None


def test_a_server_that_never_answered_can_be_plotted(tmp_path: Path) -> None:
    silent = figures_of(Replay((key("timeout", None, None, None),), 1, 1.0, 0.0))
    plot_latency({"silent": silent}, tmp_path / "latency.png")
    plot_growth("typists", {"silent": {1: silent}}, tmp_path / "typists.png")
    assert len(list(tmp_path.iterdir())) == 2
