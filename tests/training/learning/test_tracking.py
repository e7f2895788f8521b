"""What a run tells, and when it gives up."""

import json
from pathlib import Path

import pytest
from transformers import TrainerControl, TrainerState, TrainingArguments

from training.learning.schedule import RunClock
from training.learning.tracking import MetricsLog, StopWhenWorse, plot_losses, read_metrics


def test_a_run_that_goes_on_takes_back_what_it_will_repeat(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "metrics.jsonl"
    lines = [json.dumps({"step": step, "loss": 1.0}) + "\n" for step in (1, 2, 3)]
    file.write_text("".join(lines) + '{"step": 4, "lo')
    log = MetricsLog(file, RunClock(None), tokens_per_step=10)
    arguments = TrainingArguments(str(tmp_path), use_cpu=True)
    state = TrainerState(global_step=2, epoch=0.5, max_steps=9)
    log.on_train_begin(arguments, state, TrainerControl())
    state.global_step = 3
    log.on_log(arguments, state, TrainerControl(), {"loss": 0.5, "eval_runtime": 3.0})
    found = read_metrics(file)
    assert [line["step"] for line in found] == [1, 2, 3]
    assert found[-1]["loss"] == 0.5
    assert found[-1]["tokens_per_second"] > 0
    assert "eval_runtime" not in found[-1]
    assert "of 9" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("losses", "is_over"),
    [([3.0, 2.0, 2.5], False), ([3.0, 2.0, 2.5, 2.4], True), ([3.0, 2.0, 2.5, 1.9], False)],
)
def test_patience_counts_evaluations_without_a_better_loss(
    tmp_path: Path, losses: list[float], is_over: bool
) -> None:
    state = TrainerState(log_history=[{"eval_loss": loss} for loss in losses])
    control = TrainerControl()
    arguments = TrainingArguments(str(tmp_path), use_cpu=True)
    StopWhenWorse(patience=2).on_evaluate(arguments, state, control)
    assert control.should_training_stop is is_over


def test_losses_that_are_no_numbers_are_left_out_of_the_plot(tmp_path: Path) -> None:
    metrics = [{"step": 1, "loss": float("nan")}, {"step": 2, "loss": 1.0, "eval_loss": 2.0}]
    plot_losses(metrics, tmp_path / "loss.png")
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
