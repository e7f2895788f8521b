"""Controllers on a real store; what is measured is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from prompt_format import FORMATS
from rollout.controller.controller import Controller, EvidenceMissing, Measure
from rollout.controller.metrics import ControllerMetrics
from rollout.desk import Action, RolloutDesk, Wish
from rollout.experiments.catalogue import Catalogue
from rollout.experiments.document import ExperimentSpec, RolloutDocument
from rollout.experiments.state import Progress
from rollout.health.counts import ArmName, Counts, HealthTable
from rollout.health.sqlite import SqliteHealthTable
from rollout.judge.judgement import Evidence
from rollout.store.base import RolloutStore
from rollout.store.sqlite import SqliteRolloutStore
from tests.rollout.judge.test_judgement import arm

DAY = timedelta(days=1)
GUARDRAILS = [{"metric": "kept_rate", "margin": 0.02}, {"metric": "slow_rate", "margin": 0.02}]


class Bench:
    """A store with an experiment that runs, and controllers for it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rollout.sqlite"
        self.store = SqliteRolloutStore(self.path)
        self.health = SqliteHealthTable(folder / "health.sqlite")
        self.desk = RolloutDesk(self.store, Catalogue(FORMATS))
        self.kept: dict[str, float] = {"treatment": 0.3}
        self.num_users = 4000
        self.is_readable = True
        self.started = datetime.now(UTC)

    def run(self, **changes: Any) -> None:
        treatments = [{"key": key, "changes": {"temperature": 0.1}} for key in self.kept]
        spec = {"key": "one", "salt": "one-1", "treatments": treatments, "guardrails": GUARDRAILS}
        fields = {"version": 1, "experiments": [spec | changes]}
        self.desk.apply(RolloutDocument.model_validate(fields), "test")
        self.desk.carry_out(Wish(Action.START, "one", "test"))
        started = self.desk.state().of("one").started
        assert started is not None
        self.started = started

    def controller(
        self,
        name: str = "first",
        measure: Measure | None = None,
        health: HealthTable | None = None,
        look: timedelta = DAY,
        store: RolloutStore | None = None,
    ) -> Controller:
        self.registry = CollectorRegistry()
        store = store or self.store
        return Controller(
            store,
            RolloutDesk(store, Catalogue(FORMATS)),
            measure or self.measure,
            health or self.health,
            ControllerMetrics(self.registry),
            name,
            look.total_seconds(),
        )

    def measure(
        self, _spec: ExperimentSpec, progress: Progress, now: datetime
    ) -> Mapping[str, Evidence]:
        if not self.is_readable:
            raise EvidenceMissing("the log cannot be read: it is away")
        assert progress.since is not None
        return {
            key: Evidence(
                control=arm(self.num_users, 0.3, 0.08, seed=1),
                treatment=arm(self.num_users, kept, 0.08, seed=2),
                num_users=(self.num_users, self.num_users),
                stage_seconds=(now - progress.since).total_seconds(),
            )
            for key, kept in self.kept.items()
        }

    @property
    def progress(self) -> Progress:
        return self.desk.state().of("one")

    def metric(self, name: str, **labels: str) -> float | None:
        """Of the controller that was made last."""
        return self.registry.get_sample_value(f"foretype_rollout_{name}", labels)

    def actions(self) -> list[str]:
        """Of the controller, oldest first."""
        entries = reversed(self.store.history())
        return [each.action for each in entries if each.actor == "controller"]


def step(controller: Controller, now: datetime) -> None:
    """As a server does, every other second."""
    controller.guard(now)
    controller.look(now)


@dataclass
class TableWhileRead:
    """A table of counts; something happens whenever it is read."""

    table: HealthTable
    happens: Callable[[], object]

    def add(self, minute: int, counts: Mapping[ArmName, Counts]) -> None:
        self.table.add(minute, counts)

    def since(self, minute: int) -> Mapping[ArmName, Counts]:
        self.happens()
        return self.table.since(minute)
