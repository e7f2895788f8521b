"""The learning rate rises, falls, and is down when the run's time is up."""

from pathlib import Path

import pytest
import torch
from transformers import TrainerControl, TrainerState, TrainingArguments

from training.learning.schedule import RunClock, StopInTime, learning_rate_schedule, rate_at


def test_the_rate_rises_then_falls_to_its_last_value() -> None:
    rates = [rate_at(share / 100, 0.1, 0.2) for share in range(101)]
    assert rates[0] == 0.0
    assert rates[10] == 1.0
    assert rates[55] == pytest.approx(0.6)
    assert rates[100] == pytest.approx(0.2)
    assert rates[:11] == sorted(rates[:11])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rate_at(1.5, 0.1, 0.2) == pytest.approx(0.2)


def test_no_step_is_for_nothing() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = learning_rate_schedule(optimizer, 3, RunClock(None), 0.0, 0.0)
    rates = []
    for _ in range(3):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    assert rates == pytest.approx([rate_at(share / 6, 0.0, 0.0) for share in (1, 3, 5)])
    assert min(rates) > 0


def test_seconds_speed_the_fall_up() -> None:
    seconds = [100.0]
    clock = RunClock(10.0, now=lambda: seconds[0])
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = learning_rate_schedule(optimizer, 1000, clock, 0.0, 0.0)
    seconds[0] = 105.0
    clock.update()
    optimizer.step()
    schedule.step()
    assert schedule.get_last_lr() == [pytest.approx(0.5)]


def test_a_run_stops_when_its_seconds_are_gone(tmp_path: Path) -> None:
    seconds = [0.0]
    clock = RunClock(10.0, now=lambda: seconds[0])
    stop, control = StopInTime(clock), TrainerControl()
    arguments = TrainingArguments(str(tmp_path), use_cpu=True)
    clock.go_on_from(4.0)
    for now, is_over in ((5.9, False), (6.0, True)):
        seconds[0] = now
        stop.on_step_end(arguments, TrainerState(), control)
        assert control.should_training_stop is is_over


def test_without_a_limit_a_run_does_not_stop(tmp_path: Path) -> None:
    seconds = [0.0]
    clock = RunClock(None, now=lambda: seconds[0])
    seconds[0] = 1e9
    clock.update()
    assert clock.share == 0.0
    assert clock.seconds == 1e9
