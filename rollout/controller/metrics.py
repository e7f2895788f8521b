"""Prometheus metrics of who judges experiments: whether anybody does, and what came of it."""

import math
from collections.abc import Collection, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge

from rollout.desk import Action

DECISIONS = (Action.PROMOTE, Action.ROLL_BACK, "hold", "needs_approval")


class ControllerMetrics:
    """Of one controller. Only that of the leader looks."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._leads = Gauge(
            "foretype_rollout_leads",
            "1 if this controller looks at experiments; of all together one does.",
            registry=registry,
        )
        self._stepped = Gauge(
            "foretype_rollout_step_timestamp_seconds",
            "Unix time when this controller could last ask the store and look for broken arms.",
            registry=registry,
        )
        self._looked = Gauge(
            "foretype_rollout_look_timestamp_seconds",
            "Unix time when an experiment could be looked at last, at first that of its start.",
            ("experiment",),
            registry=registry,
        )
        self._missing = Gauge(
            "foretype_rollout_missing_users",
            "Users still missing in each arm at the last look; infinite if no number would do.",
            ("experiment", "arm"),
            registry=registry,
        )
        self._decisions = Counter(
            "foretype_rollout_decisions_total",
            f"Decisions of this controller: {', '.join(DECISIONS)}.",
            ("experiment", "action"),
            registry=registry,
        )
        self._arms: dict[str, set[str]] = {}

    def stepped(self, now: datetime, leads: bool, looked: Mapping[str, datetime]) -> None:
        """``looked`` is when this one, as the leader, could look at each that runs."""
        self._leads.set(leads)
        self._stepped.set(now.timestamp())
        self._looked.clear()
        for experiment, last in looked.items():
            self._looked.labels(experiment).set(last.timestamp())
        for experiment in self._arms.keys() - looked.keys():
            self._forget(experiment, self._arms.pop(experiment))

    def looked(self, experiment: str, missing: Mapping[str, int | None]) -> None:
        """``missing`` are users, by treatment; None if no number would do."""
        self._forget(experiment, self._arms.get(experiment, set()) - missing.keys())
        self._arms[experiment] = set(missing)
        for arm, number in missing.items():
            self._missing.labels(experiment, arm).set(math.inf if number is None else number)

    def _forget(self, experiment: str, arms: Collection[str]) -> None:
        for arm in arms:
            self._missing.remove(experiment, arm)

    def watches(self, experiment: str) -> None:
        """Something may be decided of it: from zero on, so that the first time is an increase."""
        for action in DECISIONS:
            self._decisions.labels(experiment, action)

    def decided(self, experiment: str, action: str) -> None:
        self._decisions.labels(experiment, action).inc()
