"""The learning rate over a run that ends after its steps or its seconds, whichever comes first."""

import math
import time
from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from transformers import TrainerCallback


class RunClock:
    """Seconds that a run has taken, those before a kill included."""

    def __init__(self, max_seconds: float | None, now: Callable[[], float] = time.monotonic):
        self._max_seconds = max_seconds
        self._now = now
        self._started = now()
        self.share = 0.0
        """Part of ``max_seconds`` gone at the last step's end, the same in every process."""

    @property
    def seconds(self) -> float:
        return self._now() - self._started

    def go_on_from(self, seconds: float) -> None:
        """The run was killed after ``seconds``."""
        self._started = self._now() - seconds
        self.update()

    def update(self) -> None:
        if self._max_seconds is not None:
            self.share = min(1.0, _first_process_says(self.seconds / self._max_seconds))


class StopInTime(TrainerCallback):
    """Ends training once the clock's seconds are gone."""

    def __init__(self, clock: RunClock) -> None:
        self._clock = clock

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._clock.update()
        if self._clock.share >= 1.0:
            control.should_training_stop = True


def rate_at(share: float, warmup_rate: float, final_rate: float) -> float:
    """Learning rate as part of its peak, after ``share`` (0..1) of the run.

    Linear from 0 to 1 during ``warmup_rate``, then half a cosine down to ``final_rate``.
    """
    share = min(share, 1.0)
    if share < warmup_rate:
        return share / warmup_rate
    falling = (share - warmup_rate) / (1.0 - warmup_rate)
    return final_rate + (1.0 - final_rate) * 0.5 * (1.0 + math.cos(math.pi * falling))


def learning_rate_schedule(
    optimizer: torch.optim.Optimizer,
    num_steps: int,
    clock: RunClock,
    warmup_rate: float,
    final_rate: float,
) -> torch.optim.lr_scheduler.LambdaLR:
    """How far the run is: the larger of its share of steps and its share of seconds.

    A step counts from its middle, so that neither the first nor the last one is for nothing.
    """

    def rate(step: int) -> float:
        return rate_at(max((step + 0.5) / num_steps, clock.share), warmup_rate, final_rate)

    return torch.optim.lr_scheduler.LambdaLR(optimizer, rate)


def _first_process_says(value: float) -> float:
    """Clocks differ from process to process; a decision must not."""
    if not dist.is_available() or not dist.is_initialized():
        return value
    said: list[Any] = [value]
    dist.broadcast_object_list(said, src=0)
    return float(said[0])
