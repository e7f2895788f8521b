"""Keeps the assigner on the rollout that the store has in force, and lets operators change it."""

from functools import partial
from typing import ClassVar

import structlog

from prompt_format import FORMATS
from rollout import Arm, Assigner, ExperimentsConfig, RolloutError, plan_of
from rollout.desk import RolloutDesk
from rollout.experiments.catalogue import Catalogue
from rollout.experiments.state import RolloutState
from rollout.store.following import Follower
from rollout.store.last_good import LastGood
from rollout.store.late import LateStore
from rollout.store.opening import check_address, open_store
from server.bearer import ForbiddenToken, bearer_of, is_token
from server.experiments.metrics import RolloutMetrics

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
        stable: Arm,
        assigner: Assigner,
        last_good: LastGood | None,
        admin_token: str | None,
        metrics: RolloutMetrics,
    ) -> None:
        self.desk = RolloutDesk(store, Catalogue(FORMATS))
        self._store = store
        self._stable = stable
        self._assigner = assigner
        self._admin_token = admin_token
        self._metrics = metrics
        self._follower = Follower(store, self._apply, last_good)
        metrics.follow(self._follower)

    def check_admin(self, authorization: str | None) -> None:
        """Raises ``Unauthenticated`` and ``ForbiddenToken``."""
        if not is_token(bearer_of(authorization), self._admin_token):
            raise ForbiddenToken("the token may not change experiments")

    def start(self) -> None:
        """Waits for a store that does not answer, as long as the store does."""
        self._follower.start()

    def stop(self) -> None:
        self._follower.stop()
        self._store.close()

    def _apply(self, state: RolloutState) -> None:
        plan = plan_of(self._stable, state)
        served = plan.only(lambda arm: arm.prompt_format in FORMATS)
        if len(served.contests) < len(plan.contests):
            log.error(
                "an experiment names a format that this server has not", revision=state.revision
            )
        self._assigner.plan = served
        self._metrics.applied(state)


def build_experiments(
    config: ExperimentsConfig, stable: Arm, assigner: Assigner, metrics: RolloutMetrics
) -> Experiments | None:
    """None without a store. Raises ``RolloutError`` if no store could ever be there."""
    if config.store is None:
        return None
    check_address(config.store)
    last_good = None if config.last_good is None else LastGood(config.last_good)
    store = LateStore(partial(open_store, config.store))
    return Experiments(store, stable, assigner, last_good, config.admin_token, metrics)
