"""Real edits typed again, key by key, against any edit-prediction server.

    python -m benchmarks.replay run --repository FOLDER

How it is done, and what the figures mean: ``benchmarks/RESULTS.md``.
"""
