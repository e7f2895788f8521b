"""Who gets what, and was it good: experiments, assignment of users to arms, judgement."""

from rollout.arms import Arm, ArmDefaults, Assignment, stable_arm
from rollout.assignment import Assigner, Plan, plan_of
from rollout.config import ExperimentsConfig, RolloutConfig
from rollout.errors import (
    InvalidDocument,
    RefusedChange,
    RolloutError,
    StaleRevision,
    StoreUnavailable,
    UnknownExperiment,
)
from rollout.experiments.document import ArmChanges

__all__ = [
    "Arm",
    "ArmChanges",
    "ArmDefaults",
    "Assigner",
    "Assignment",
    "ExperimentsConfig",
    "InvalidDocument",
    "Plan",
    "RefusedChange",
    "RolloutConfig",
    "RolloutError",
    "StaleRevision",
    "StoreUnavailable",
    "UnknownExperiment",
    "plan_of",
    "stable_arm",
]
