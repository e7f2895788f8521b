"""What can be wrong with a caller's wish for an experiment."""

from typing import ClassVar


class RolloutError(Exception):
    """Base class. ``code`` is the stable, machine-readable name."""

    code: ClassVar[str] = "rollout_error"


class UnknownExperiment(RolloutError):
    """The request names an experiment that is not running."""

    code = "unknown_experiment"
