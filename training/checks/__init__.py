"""Heuristics about predictions: each a named pure function with a number and a threshold."""

from training.checks.config import CheckConfig
from training.checks.registry import CERTAIN, CHECKS, check_predictions

__all__ = ["CERTAIN", "CHECKS", "CheckConfig", "check_predictions"]
