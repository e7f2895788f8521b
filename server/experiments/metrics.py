"""Prometheus metrics of the rollout as this server follows it."""

from prometheus_client import CollectorRegistry, Gauge

from rollout.experiments.state import RolloutState
from rollout.store.following import Follower


class RolloutMetrics:
    """Which shares are served, and whether the store was heard."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._share = Gauge(
            "foretype_rollout_share",
            "Share of the users whom a treatment is served to.",
            ("experiment", "arm"),
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

    def applied(self, state: RolloutState) -> None:
        """``state`` is in force."""
        self._revision.set(state.revision)
        self._share.clear()
        for spec, progress in state.live():
            for treatment in spec.treatments:
                is_served = treatment.key in progress.left(spec)
                share = spec.stages[progress.stage] if is_served else 0.0
                self._share.labels(spec.key, treatment.key).set(share)
