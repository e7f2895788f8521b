"""Inputs, ranges, budgets, formats, parsing and text edits: pure functions, no I/O, no clock."""
