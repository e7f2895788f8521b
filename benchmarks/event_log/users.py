"""Who uses the servers of these measurements."""

USER = "benchmark"
ADMIN_TOKEN = "token-of-the-benchmark"
