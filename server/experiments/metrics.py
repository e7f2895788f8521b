"""Prometheus metrics of the rollout as this server follows it."""

from collections.abc import Callable
from functools import partial

from prometheus_client import CollectorRegistry, Gauge

from rollout.experiments.document import ExperimentSpec
from rollout.experiments.state import Progress, RolloutState, Status
from rollout.store.following import Follower


class RolloutMetrics:
    """Which shares are served, and whether the store was heard."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._share = Gauge(
            "foretype_rollout_share",
            "Share of the users whom a treatment is to be served to; 0 once it was taken back.",
            ("experiment", "arm"),
            registry=registry,
        )
        self._is_served = Gauge(
            "foretype_rollout_served",
            "1 if this server has all that an experiment's arms need; else it serves none of them.",
            ("experiment",),
            registry=registry,
        )
        self._revision = Gauge(
            "foretype_rollout_revision", "Revision of the rollout in force here.", registry=registry
        )
        self._is_current = Gauge(
            "foretype_rollout_current",
            "1 if the store had the same rollout when it was looked at last.",
            registry=registry,
        )

    def follow(self, follower: Follower) -> None:
        """Show whether the follower hears the store."""
        self._is_current.set_function(lambda: float(follower.is_current))

    def applied(self, state: RolloutState, is_served: Callable[[str], bool]) -> None:
        """``state`` is in force. ``is_served`` is asked of experiments whenever somebody looks."""
        self._revision.set(state.revision)
        self._share.clear()
        self._is_served.clear()
        for spec in () if state.document is None else state.document.experiments:
            progress = state.of(spec.key)
            if progress.status is not Status.DRAFT:
                for treatment in spec.treatments:
                    share = _share(spec, progress, treatment.key)
                    self._share.labels(spec.key, treatment.key).set(share)
            if progress.status.is_live:
                self._is_served.labels(spec.key).set_function(partial(is_served, spec.key))


def _share(spec: ExperimentSpec, progress: Progress, treatment: str) -> float:
    if progress.status is Status.PROMOTED:
        is_served = treatment == progress.winner
    else:
        is_served = progress.status.is_live and treatment in progress.left(spec)
    return spec.share_of_users(progress.stage) if is_served else 0.0
