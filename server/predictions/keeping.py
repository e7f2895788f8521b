"""Has an engine for every arm that is to be served, and brings it users when that is ready."""

import asyncio

from model import Engines
from rollout import Arm, Assigner, Plan

LOOK_SECONDS = 0.5
"""Plans change on another thread, and rarely."""


async def keep_engines(engines: Engines, assigner: Assigner) -> None:
    """Follow the plan that is wanted until cancelled."""
    kept: Plan | None = None
    while True:
        wanted = assigner.wanted
        if wanted is not kept:
            await engines.keep(releases_of(wanted))
            kept = wanted
        assigner.refresh(lambda arm: is_ready(engines, arm))
        await asyncio.sleep(LOOK_SECONDS)


def is_ready(engines: Engines, arm: Arm) -> bool:
    """Whether the arm's engine is there, and has answered a warm-up."""
    return engines.of(arm.release) is not None


def releases_of(plan: Plan) -> list[str]:
    """What everybody is served first, each once."""
    assignments = [*plan.assignments(), *(plan.overrides or {}).values()]
    return list(dict.fromkeys(assignment.arm.release for assignment in assignments))
