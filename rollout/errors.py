"""What can be wrong with a rollout, and with a caller's wish for an experiment."""

from typing import ClassVar


class RolloutError(Exception):
    """Base class. ``code`` is the stable, machine-readable name."""

    code: ClassVar[str] = "rollout_error"


class UnknownExperiment(RolloutError):
    """The request names an experiment that is not running."""

    code = "unknown_experiment"


class InvalidDocument(RolloutError):
    """The document cannot be taken. The message names every place that is wrong."""

    code = "invalid_document"


class RefusedChange(RolloutError):
    """The experiment is not where such a change could be made. The message says why."""

    code = "refused_change"


class StaleRevision(RolloutError):
    """Somebody else has changed the rollout since it was looked at: look again."""

    code = "stale_revision"


class StoreUnavailable(RolloutError):
    """The store of the rollout does not answer, or cannot write. Trying again later helps."""

    code = "rollout_store_unavailable"
