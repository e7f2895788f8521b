"""The whole circle in small: typists, what is kept of their predictions, a student of that, again.

Not a measurement: it shows that each part takes what the one before it gives.
"""
