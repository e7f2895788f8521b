"""Moves experiments along by itself: one leader among all processes, each decision on record."""
