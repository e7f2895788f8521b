"""Definitions of what is used around the cursor, found in source text by its syntax trees."""
