"""The command line of the rollout's measurements.

    python -m benchmarks.rollout assign     who is served which arm: how fast, how fairly
    python -m benchmarks.rollout kills      servers, controllers, Redis … killed in ramps
    python -m benchmarks.rollout worse      real models: the shipped student against a damaged one
    python -m benchmarks.rollout better     the damaged one serves, the shipped one is tried

``--count N``: so many users, kills, or servers of a ramp. Exit status 1: a ramp did not end as it
should.
"""

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.rollout.assignment import assign
from benchmarks.rollout.kills import kills
from benchmarks.rollout.ramp import Kind, ramp

WORK: dict[str, tuple[Callable[[int], dict[str, Any]], int]] = {
    "assign": (assign, 1_000_000),
    "kills": (kills, 100),
    "worse": (partial(ramp, Kind.WORSE), 2),
    "better": (partial(ramp, Kind.BETTER), 2),
}


def main() -> int:
    """Print the figures of one kind as JSON. Returns the exit status."""
    parser = argparse.ArgumentParser("python -m benchmarks.rollout")
    parser.add_argument("kind", choices=WORK)
    parser.add_argument("--count", type=int, help="users, kills, or servers of a ramp")
    options = parser.parse_args()
    measure, usual = WORK[options.kind]
    figures = measure(options.count or usual)
    print(json.dumps(figures, indent=2))
    return int(not figures.get("is_as_it_should", True))


if __name__ == "__main__":
    sys.exit(main())
