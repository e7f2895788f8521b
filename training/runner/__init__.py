"""Runs a stage: reads, writes, counts, shows progress, and goes on where a killed run stopped."""

from training.runner.options import RunOptions
from training.runner.run import run_stage
from training.runner.values import RunReport

__all__ = ["RunOptions", "RunReport", "run_stage"]
