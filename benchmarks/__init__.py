"""Benchmarks: each prints one JSON object of figures and ratios from a single run."""
