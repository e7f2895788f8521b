"""The command line of the event log's measurements.

    python -m benchmarks.event_log path      what a prediction pays for being recorded and watched
    python -m benchmarks.event_log write     records a second into segments
    python -m benchmarks.event_log stats     figures of 1, 4 and 10 million records
    python -m benchmarks.event_log secrets   time of the secret scan on the standard library
    python -m benchmarks.event_log kills     the server killed under load, again and again
    python -m benchmarks.event_log shared-kills    two servers and their Redis, likewise

``--count N`` changes the amount. Every figure comes from one run; ``path`` takes turns between
recording and not.
"""

import argparse
import json
from collections.abc import Callable
from typing import Any

from benchmarks.event_log.kills import kills
from benchmarks.event_log.prediction_path import path
from benchmarks.event_log.secrets import secrets
from benchmarks.event_log.shared_kills import shared_kills
from benchmarks.event_log.statistics import stats
from benchmarks.event_log.writing import write

WORK: dict[str, tuple[Callable[[int], dict[str, Any]], int]] = {
    "path": (path, 2000),
    "write": (write, 200_000),
    "stats": (stats, 10_000_000),
    "secrets": (secrets, 0),
    "kills": (kills, 200),
    "shared-kills": (shared_kills, 200),
}


def main() -> None:
    """Print the figures of one kind as JSON."""
    parser = argparse.ArgumentParser("python -m benchmarks.event_log")
    parser.add_argument("kind", choices=WORK)
    parser.add_argument("--count", type=int)
    options = parser.parse_args()
    measure, usual = WORK[options.kind]
    print(json.dumps(measure(options.count or usual), indent=2))


if __name__ == "__main__":
    main()
