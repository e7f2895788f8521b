"""An operator who starts one ramp after the other, and now and then interferes."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any

from prompt_format import FORMATS
from rollout import RefusedChange, RolloutError, StaleRevision, StoreUnavailable
from rollout.desk import Action, RolloutDesk, Wish
from rollout.experiments.catalogue import Catalogue
from rollout.experiments.document import read_fields
from rollout.store.base import AuditEntry
from rollout.store.opening import open_store

STAGES = (0.3, 0.4, 1.0)
ACTOR = "operator"
GUARDRAILS = (
    {"metric": "acceptance_rate", "margin": 0.1},
    {"metric": "failure_rate", "margin": 0.1},
)
MIN_USERS = 20
HOLDS = 0.3
"""Share of ramps that the operator stops for a moment."""
UNDOES = 0.5
"""Share of promotions that the operator takes back from everybody."""
MAX_HOLD_SECONDS = 3.0
MAX_RAMP_SECONDS = 90.0
"""After it a ramp of which nothing was decided is taken back by hand."""
WAIT_SECONDS = 60.0
RETRY_SECONDS = 0.05
LOOK_SECONDS = 0.2


class Truth(StrEnum):
    """What a treatment really is, which users act by and controllers must find out."""

    WORSE = "worse"
    BETTER = "better"


@dataclass
class Operator:
    """Each change has a mark of its own, to be found by: ``acknowledged``.

    ``truths`` are those of the experiments, by salt.
    """

    redis_url: str
    acknowledged: list[str] = field(default_factory=list)
    truths: dict[str, Truth] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._desk = RolloutDesk(open_store(self.redis_url), Catalogue(FORMATS))
        self._moments = random.Random(1)
        self._number = 0

    def history(self) -> list[AuditEntry]:
        """Oldest first."""
        return list(reversed(self._desk.history(1_000_000)))

    def work(self, is_over: threading.Event) -> None:
        """Ramps until it is over."""
        ramp = 0
        while not is_over.is_set():
            ramp += 1
            self._ramp(ramp, is_over)

    def _ramp(self, number: int, is_over: threading.Event) -> None:
        key = f"ramp-{number}"
        self.truths[key] = list(Truth)[number % 2]
        self._do(partial(self._apply, number, key))
        self._do(partial(self._act, Action.START, key))
        if self._moments.random() < HOLDS:
            time.sleep(self._moments.random() * MAX_HOLD_SECONDS)
            self._do(partial(self._act, Action.HOLD, key))
            time.sleep(self._moments.random() * MAX_HOLD_SECONDS)
            self._do(partial(self._act, Action.RESUME, key))
        give_up = time.monotonic() + MAX_RAMP_SECONDS
        while not (self._is_decided(key) or is_over.is_set() or time.monotonic() > give_up):
            time.sleep(LOOK_SECONDS)
        if not self._is_decided(key) or self._moments.random() < UNDOES:
            self._do(partial(self._act, Action.ROLL_BACK, key))

    def _is_decided(self, key: str) -> bool:
        try:
            return self._desk.state().of(key).status.is_over
        except StoreUnavailable:
            return False

    def _apply(self, version: int, key: str, mark: str) -> None:
        """What was promoted last stays in the document, to be taken back if need be."""
        last = self._desk.state().promoted_last()
        specs = [_spec(version, key), *(() if last is None else (last[0].model_dump(),))]
        document = read_fields({"version": version, "experiments": specs})
        self._desk.apply(document, ACTOR, [mark])

    def _act(self, action: Action, key: str, mark: str) -> None:
        self._desk.carry_out(Wish(action, key, ACTOR, [mark]))

    def _do(self, change: Callable[[str], object]) -> None:
        """Until it is acknowledged, or found on record after an answer was lost."""
        self._number += 1
        mark = f"change-{self._number}"
        give_up = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < give_up:
            try:
                if self._is_on_record(mark):
                    break
                change(mark)
                break
            except (StoreUnavailable, StaleRevision):
                time.sleep(RETRY_SECONDS)
            except RefusedChange:  # it has come too late: a controller was here first
                if not self._is_on_record(mark):
                    return
                break
        else:
            raise RolloutError(f"{mark} could not be made")
        self.acknowledged.append(mark)

    def _is_on_record(self, mark: str) -> bool:
        return any(mark in entry.reasons for entry in self._desk.history(50))


def _spec(number: int, key: str) -> dict[str, Any]:
    treatment = {"key": "treatment", "changes": {"temperature": number % 10 / 10}}
    return {
        "key": key,
        "salt": key,
        "stages": STAGES,
        "treatments": [treatment],
        "guardrails": GUARDRAILS,
        "min_users": MIN_USERS,
        "min_stage_hours": 0,
    }
