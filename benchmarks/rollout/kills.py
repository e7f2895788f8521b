"""Ramps that controllers decide by what users do, while somebody kills one process after the other.

Two servers, a collector, two controllers that look at every step, and Redis: is any change lost, or
made twice; is a stage skipped; is anybody served what was taken back?
"""

import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.restarting import Restarting, running
from benchmarks.rollout.comparing import (
    FOLLOW_SECONDS,
    decision_figures,
    record_figures,
    serving_figures,
)
from benchmarks.rollout.crowd import Crowd
from benchmarks.rollout.fleet import Fleet, Redis, at_work, build_fleet
from benchmarks.rollout.operator import Operator
from benchmarks.rollout.watching import Watcher

NUM_CROWDS = 2
MAX_SECONDS_ALIVE = 6.0
LOOK = {
    "--look-hours": str(1 / 3600),
    "--mature-seconds": "1",
    "--objective-ms": "3000",
}
SETTINGS = {"FORETYPE_MODEL_ENGINE": "fake"}


def kills(num_kills: int) -> dict[str, Any]:
    """Kill so often, then compare what was done with what is on record and what was served."""
    with tempfile.TemporaryDirectory() as name:
        fleet = build_fleet(Path(name), 2, 2, LOOK, SETTINGS)
        try:
            return _kills(fleet, num_kills)
        finally:
            fleet.redis.end()


def _kills(fleet: Fleet, num_kills: int) -> dict[str, Any]:
    operator, watcher = Operator(fleet.redis.url), Watcher(fleet.servers)
    crowds = [Crowd(fleet.servers, operator.truths, seed) for seed in range(NUM_CROWDS)]
    works = [operator.work, watcher.work, *(crowd.work for crowd in crowds)]
    started = time.monotonic()
    with running(fleet.programs), at_work(works):
        killed = _kill(fleet, num_kills)
        time.sleep(FOLLOW_SECONDS)
    history = operator.history()
    treated = [answer for crowd in crowds for answer in crowd.treated]
    return {
        "kills": killed,
        "seconds": round(time.monotonic() - started),
        "ramps": len(operator.truths),
        "answers": sum(crowd.num_answers for crowd in crowds),
        "failures": sum(crowd.num_failures for crowd in crowds),
        **record_figures(history, operator.acknowledged),
        **decision_figures(history, operator.truths),
        **serving_figures(history, watcher.samples, treated, fleet.redis.downs),
    }


def _kill(fleet: Fleet, num_kills: int) -> dict[str, int]:
    """At random moments, anybody. How often whom."""
    moments = random.Random(num_kills)
    victims: list[tuple[str, Restarting | Redis]] = [
        *(("servers", server) for server in fleet.servers),
        *(("controllers", controller) for controller in fleet.controllers),
        ("collector", fleet.collector),
        ("redis", fleet.redis),
    ]
    killed = Counter[str]()
    for _each in range(num_kills):
        time.sleep(moments.random() * MAX_SECONDS_ALIVE)
        name, victim = moments.choice(victims)
        victim.kill()
        killed[name] += 1
    return dict(killed)
