"""Keeps the assigner on the rollout that the store has in force, and lets operators change it."""

import secrets
import socket
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

import structlog
from prometheus_client import CollectorRegistry

from prompt_format import FORMATS
from rollout import Arm, Assigner, ExperimentsConfig, RolloutError, plan_of
from rollout.assignment import Wanted
from rollout.controller.controller import Controller
from rollout.controller.evidence import LogEvidence
from rollout.controller.metrics import ControllerMetrics
from rollout.desk import RolloutDesk
from rollout.experiments.catalogue import Catalogue
from rollout.experiments.state import RolloutState
from rollout.health.opening import LateHealthTable
from rollout.store.following import Follower
from rollout.store.last_good import LastGood
from rollout.store.late import LateStore
from rollout.store.opening import check_address, open_store
from server.bearer import ForbiddenToken, bearer_of, is_token
from server.experiments.driver import Driver
from server.experiments.meter import HealthMeter
from server.experiments.metrics import RolloutMetrics

HOUR_SECONDS = 3600.0

log = structlog.get_logger("foretype.rollout")


class RolloutOff(RolloutError):
    """This server has no store of experiments."""

    code: ClassVar[str] = "rollout_off"


class Experiments:
    """``start`` brings a plan in force before the first request; then changes follow.

    The store may be away: then the last good plan stays, and without one everybody is served as
    the settings say.
    """

    def __init__(
        self,
        store: LateStore,
        desk: RolloutDesk,
        follower: Follower,
        driver: Driver,
        admin_token: str | None,
    ) -> None:
        self.desk = desk
        self._store = store
        self._follower = follower
        self._driver = driver
        self._admin_token = admin_token

    def check_admin(self, authorization: str | None) -> None:
        """Raises ``Unauthenticated`` and ``ForbiddenToken``."""
        if not is_token(bearer_of(authorization), self._admin_token):
            raise ForbiddenToken("the token may not change experiments")

    def start(self) -> None:
        """Waits for a store that does not answer, as long as the store does."""
        self._follower.start()
        self._driver.start()

    def stop(self) -> None:
        self._driver.stop()
        self._follower.stop()
        self._store.close()


class PlanKeeper:
    """Makes each state that comes in force the plan that users are assigned by."""

    def __init__(
        self,
        stable: Arm,
        assigner: Assigner,
        metrics: RolloutMetrics,
        wanted_by: Wanted,
        is_ready: Callable[[Arm], bool],
    ) -> None:
        self._is_ready = is_ready
        self._stable = stable
        self._wanted_by = wanted_by
        self._state: RolloutState | None = None
        self._lock = threading.Lock()
        self._assigner = assigner
        self._metrics = metrics

    def put(self, state: RolloutState) -> None:
        with self._lock:
            self._state = state
            self._plan(state)

    def again(self) -> None:
        """Make the plan of the same state anew."""
        with self._lock:
            if self._state is not None:
                self._plan(self._state)

    def _plan(self, state: RolloutState) -> None:
        plan = plan_of(self._stable, state, self._wanted_by)
        known = plan.only(lambda arm: arm.prompt_format in FORMATS)
        if len(known.experiments) < len(plan.experiments):
            log.error("experiment with a format that is not here", revision=state.revision)
        self._assigner.want(known, self._is_ready)
        self._metrics.applied(state, self._is_served)

    def _is_served(self, experiment: str) -> bool:
        return any(each.key == experiment for each in self._assigner.plan.experiments)


def build_experiments(
    config: ExperimentsConfig,
    keeper: PlanKeeper,
    metrics: RolloutMetrics,
    meter: HealthMeter,
    problem_of: Callable[[str], str | None],
    log_folder: Path | None,
    mature_seconds: float,
    clock: Callable[[], float],
    registry: CollectorRegistry,
) -> Experiments | None:
    """None without a store. Raises ``RolloutError`` if no store could ever be there.

    ``problem_of`` says what keeps a release from being served, when a document names it.
    ``log_folder`` is what experiments are judged by, once predictions are ``mature_seconds`` old;
    without one this server follows what others decide. ``clock`` is that of ``meter``.
    """
    if config.store is None:
        return None
    check_address(config.store)
    store = LateStore(partial(open_store, config.store))
    desk = RolloutDesk(store, Catalogue(FORMATS, problem_of))
    last_good = None if config.last_good is None else LastGood(config.last_good)
    follower = Follower(store, keeper.put, last_good)
    metrics.follow(follower)
    health = LateHealthTable(config.store)
    controller = None
    if log_folder is not None:
        controller = Controller(
            store,
            desk,
            LogEvidence(log_folder, config.objective_ms / 1000, mature_seconds),
            health,
            ControllerMetrics(registry),
            holder=f"{socket.gethostname()}-{secrets.token_hex(4)}",
            look_seconds=config.look_hours * HOUR_SECONDS,
        )
    driver = Driver(meter, health, controller, clock)
    return Experiments(store, desk, follower, driver, config.admin_token)
