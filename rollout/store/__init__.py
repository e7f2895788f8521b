"""Where a rollout's state lies: one value, one history, one leader."""
