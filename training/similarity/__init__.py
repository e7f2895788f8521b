"""Which examples say nearly the same, and who may not see them: for dedupe and split."""
