"""From the event log to examples: consent checked again, records joined by prediction id."""
