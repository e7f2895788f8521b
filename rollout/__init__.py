"""Who gets what: experiments, their arms, and the assignment of users to them."""

from rollout.arms import Arm, ArmDefaults, Assignment, Experiment, stable_experiment
from rollout.assignment import Assigner
from rollout.config import RolloutConfig
from rollout.errors import RolloutError, UnknownExperiment

__all__ = [
    "Arm",
    "ArmDefaults",
    "Assigner",
    "Assignment",
    "Experiment",
    "RolloutConfig",
    "RolloutError",
    "UnknownExperiment",
    "stable_experiment",
]
