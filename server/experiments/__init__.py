"""Experiments as this server follows them, and who may change them."""

from server.experiments.experiments import (
    Experiments,
    PlanKeeper,
    RolloutOff,
    build_experiments,
)
from server.experiments.meter import HealthMeter
from server.experiments.metrics import RolloutMetrics

__all__ = [
    "Experiments",
    "HealthMeter",
    "PlanKeeper",
    "RolloutMetrics",
    "RolloutOff",
    "build_experiments",
]
