"""What ``benchmarks.training_stages`` is made of: rows for the stages, and measured commands."""
