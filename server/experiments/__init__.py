"""Experiments as this server follows them, and who may change them."""

from server.experiments.experiments import Experiments, RolloutOff, build_experiments

__all__ = ["Experiments", "RolloutOff", "build_experiments"]
