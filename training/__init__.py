"""From edits to a released student: stages over JSONL, one record, one runner."""
