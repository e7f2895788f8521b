"""How good predictions are: scores of each, figures of many with intervals, runs compared."""
