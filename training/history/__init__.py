"""Real git history as sequences of human-like edits: what a developer's editor would have seen."""
