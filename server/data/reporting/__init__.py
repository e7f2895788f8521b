"""What clients say of predictions: whose they are, and that each thing is said once."""
