"""Entries as the rollout writes them, and how tests wait."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from rollout.experiments.document import read_document
from rollout.experiments.state import Progress, RolloutState, Status
from rollout.store.base import AuditEntry

NOW = datetime(2026, 11, 3, 12, 30, 1, 250_000, tzinfo=UTC)
PATIENCE_SECONDS = 30.0
DOCUMENT = read_document(
    """
    version: 1
    experiments:
      - key: warmer
        salt: warmer-1
        treatments: [{key: warm, changes: {temperature: 0.25}}]
    overrides: [{unit: "ann@exämple", experiment: warmer, arm: warm}]
    """
)


def state_of(revision: int) -> RolloutState:
    return RolloutState(
        revision=revision,
        document=DOCUMENT,
        progress={"warmer": Progress(status=Status.RUNNING, since=NOW, lost=("cold",))},
        used_salts={"warmer-1": "warmer"},
    )


def change(revision: int, actor: str = "ann") -> AuditEntry:
    return AuditEntry(
        time=NOW,
        actor=actor,
        action="start",
        experiment="warmer",
        reasons=["because"],
        numbers={"kept_rate": 0.5, "users": [200, 201]},
        revision=revision,
        state=state_of(revision),
    )


def look(revision: int) -> AuditEntry:
    return AuditEntry(time=NOW, actor="judge", action="look", revision=revision)


def eventually(is_so: Callable[[], bool]) -> None:
    """Ask until it is so."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end, "it never was"
        time.sleep(0.01)
