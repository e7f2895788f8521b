"""Counts are handed on and experiments guarded, whatever becomes of the other."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from prompt_format import FORMATS
from rollout import Assignment, RolloutConfig, StoreUnavailable, stable_arm
from rollout.controller.controller import Controller
from rollout.controller.metrics import ControllerMetrics
from rollout.desk import RolloutDesk
from rollout.experiments.catalogue import Catalogue
from rollout.health.counts import ArmName, Counts
from rollout.health.sqlite import SqliteHealthTable
from rollout.store.sqlite import SqliteRolloutStore
from server.experiments.driver import Driver
from server.experiments.meter import HealthMeter

SERVED = Assignment("one", stable_arm(RolloutConfig()), is_measured=True, salt="one-1")
CONTROL = ("one-1", "control")
WAIT_SECONDS = 30.0


class Full(SqliteHealthTable):
    """Which cannot take one minute."""

    def __init__(self, path: Path, refused: int) -> None:
        super().__init__(path)
        self._refused = refused

    def add(self, minute: int, counts: Mapping[ArmName, Counts]) -> None:
        if minute == self._refused:
            raise StoreUnavailable("the disk is full")
        super().add(minute, counts)


class Bench:
    """A server's driver, whose table cannot take the first of two minutes."""

    def __init__(self, file: Path) -> None:
        self.now = 6000.0
        self.store = SqliteRolloutStore(file)
        self.table = Full(file, refused=100)
        meter = HealthMeter(0.3, lambda: self.now)
        for _minute in range(2):
            meter.answered(SERVED, "ann", 0.1)
            self.now += 60.0
        controller = Controller(
            self.store,
            RolloutDesk(self.store, Catalogue(FORMATS)),
            lambda *_asked: {},
            self.table,
            ControllerMetrics(CollectorRegistry()),
            holder="driver",
            look_seconds=60.0,
        )
        self.driver = Driver(meter, self.table, controller, lambda: self.now)

    @property
    def counted(self) -> Mapping[ArmName, Counts]:
        return self.table.since(0)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "rollout.sqlite")


@contextmanager
def running(driver: Driver) -> Iterator[None]:
    driver.start()
    try:
        yield
    finally:
        driver.stop()


def eventually(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < end, "it never was"
        time.sleep(0.05)


def test_a_minute_that_is_lost_is_told_and_keeps_nothing_else(bench: Bench) -> None:
    with capture_logs() as logs, running(bench.driver):
        eventually(lambda: not bench.store.lead("another", 0.0))
        assert bench.counted == {CONTROL: Counts(1, 0, 0)}
        eventually(lambda: len(logs) > 0)
    assert [(each["loop"], each["reason"]) for each in logs] == [
        ("rollout-guard", "the disk is full")
    ]


def test_what_is_lost_at_the_end_is_told(bench: Bench) -> None:
    with capture_logs() as logs:
        bench.driver.stop()
    assert [each["reason"] for each in logs] == ["the disk is full"]
    assert bench.counted == {CONTROL: Counts(1, 0, 0)}
