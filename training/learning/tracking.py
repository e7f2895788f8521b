"""What a run tells while it goes: lines on the terminal, ``metrics.jsonl``, a plot at the end."""

import json
import math
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from training.learning.schedule import RunClock

METRICS_FILE = "metrics.jsonl"
PLOT_FILE = "loss.png"

_KEPT = {
    "loss": "loss",
    "eval_loss": "eval_loss",
    "grad_norm": "grad_norm",
    "learning_rate": "learning_rate",
    "mean_token_accuracy": "token_accuracy",
    "eval_mean_token_accuracy": "eval_token_accuracy",
    "rewards/margins": "margin",
    "rewards/accuracies": "preference_accuracy",
    "eval_rewards/margins": "eval_margin",
    "eval_rewards/accuracies": "eval_preference_accuracy",
}


class MetricsLog(TrainerCallback):
    """Appends a line per report to ``metrics.jsonl`` and shows it.

    ``tokens_per_step`` leaves padding out. A run that goes on after a kill first takes back the
    lines of steps that it will repeat.
    """

    def __init__(self, file: Path, clock: RunClock, tokens_per_step: float) -> None:
        self._file = file
        self._clock = clock
        self._tokens_per_step = tokens_per_step
        self._last = (0, 0.0)

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._last = (state.global_step, self._clock.seconds)
        if state.is_world_process_zero:
            kept = [line for line in read_metrics(self._file) if line["step"] <= state.global_step]
            self._file.write_text("".join(json.dumps(line) + "\n" for line in kept))

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any
    ) -> None:
        values = {_KEPT[name]: value for name, value in (logs or {}).items() if name in _KEPT}
        if not state.is_world_process_zero or not values:
            return
        seconds = self._clock.seconds
        line = {
            "step": state.global_step,
            "epoch": round(state.epoch or 0.0, 4),
            "seconds": round(seconds, 3),
            **values,
        }
        last_step, last_seconds = self._last
        if "loss" in values and state.global_step > last_step:
            num_tokens = (state.global_step - last_step) * self._tokens_per_step
            line["tokens_per_second"] = round(num_tokens / (seconds - last_seconds))
            self._last = (state.global_step, seconds)
        with self._file.open("a") as stream:
            stream.write(json.dumps(line) + "\n")
        shown = "  ".join(f"{name} {_short(value)}" for name, value in line.items())
        print(f"{shown}  of {state.max_steps}", flush=True)


class StopWhenWorse(TrainerCallback):
    """Ends training after ``patience`` evaluations without a lower loss than before."""

    def __init__(self, patience: int) -> None:
        self._patience = patience

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        losses = [line["eval_loss"] for line in state.log_history if "eval_loss" in line]
        best = losses.index(min(losses)) if losses else 0
        if len(losses) - 1 - best >= self._patience:
            control.should_training_stop = True


def read_metrics(file: Path) -> list[dict[str, Any]]:
    """The whole lines of ``metrics.jsonl``; a kill may have cut off the last."""
    if not file.is_file():
        return []
    lines = file.read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("}\n")]


def plot_losses(metrics: list[dict[str, Any]], file: Path) -> None:
    """Training and evaluation loss over the steps, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for name, label, marker in (("loss", "training", ""), ("eval_loss", "evaluation", "o")):
        points = [
            (line["step"], line[name])
            for line in metrics
            if name in line and math.isfinite(line[name])
        ]
        if points:
            steps, losses = zip(*points, strict=True)
            axes.plot(steps, losses, label=label, marker=marker)
    axes.set_xlabel("step")
    axes.set_ylabel("loss per completion token")
    axes.grid(alpha=0.3)
    if axes.lines:
        axes.legend()
    figure.savefig(file, dpi=120)


def _short(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.4g}"
