"""For whom arms do well, minute by minute: users, each once, whatever they ask."""

from rollout import Assignment, RolloutConfig, stable_arm
from rollout.health.counts import Counts
from server.experiments import HealthMeter

ARM = stable_arm(RolloutConfig())
IN = Assignment("one", ARM, is_measured=True, salt="one-1")
OUT = Assignment("one", ARM)
NAME = ("one-1", "control")


class Clock:
    now = 6000.0

    def __call__(self) -> float:
        return self.now


def test_a_minute_is_given_once_when_it_is_over() -> None:
    clock = Clock()
    meter = HealthMeter(0.3, clock)
    meter.answered(IN, "ann", 0.1)
    assert meter.take() == {}
    clock.now += 60
    meter.answered(IN, "ann", 0.1)
    assert meter.take() == {100: {NAME: Counts(1, 0, 0)}}
    assert meter.take() == {}
    clock.now += 60
    assert meter.take() == {101: {NAME: Counts(1, 0, 0)}}


def test_one_user_is_one_however_much_it_asks() -> None:
    """Also one who asks for the impossible, a deadline of a millisecond."""
    clock = Clock()
    meter = HealthMeter(0.3, clock)
    for _each in range(1000):
        meter.failed(IN, "mallory")
    for number in range(9):
        meter.answered(IN, f"user-{number}", 0.1)
    clock.now += 60
    assert meter.take() == {100: {NAME: Counts(10, 1, 0)}}


def test_things_went_wrong_for_a_user_if_most_requests_did() -> None:
    clock = Clock()
    meter = HealthMeter(0.3, clock)
    for user, seconds in (("ann", (0.1, 0.1, 0.9)), ("bob", (0.1, 0.9, 0.9))):
        for each in seconds:
            meter.answered(IN, user, each)
    clock.now += 60
    assert meter.take() == {100: {NAME: Counts(2, 0, 1)}}


def test_what_was_given_up_counts_if_it_was_slow_by_then() -> None:
    clock = Clock()
    meter = HealthMeter(0.3, clock)
    meter.given_up(IN, "ann", 0.1)
    meter.given_up(IN, "bob", 0.5)
    clock.now += 60
    assert meter.take() == {100: {NAME: Counts(1, 0, 1)}}


def test_nobodys_requests_are_not_counted() -> None:
    clock = Clock()
    meter = HealthMeter(0.3, clock)
    meter.failed(IN, "")
    clock.now += 60
    assert meter.take() == {}


def test_who_is_not_measured_is_not_counted() -> None:
    clock = Clock()
    meter = HealthMeter(0.3, clock)
    meter.answered(OUT, "ann", 0.1)
    clock.now += 60
    assert meter.take() == {}
