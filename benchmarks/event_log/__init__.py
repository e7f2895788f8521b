"""What recording costs, what the log bears, and that it loses nothing."""
