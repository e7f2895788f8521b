"""Experiments under load: arms fairly and quickly chosen, ramps that decide by themselves."""
