"""Has an engine for every arm that somebody may be served."""

import asyncio

from model import Engines
from rollout import Assigner, Plan

LOOK_SECONDS = 0.5
"""Plans change on another thread, and rarely."""


async def keep_engines(engines: Engines, assigner: Assigner) -> None:
    """Follow the plan in force until cancelled."""
    kept: Plan | None = None
    while True:
        plan = assigner.plan
        if plan is not kept:
            await engines.keep(releases_of(plan))
            kept = plan
        await asyncio.sleep(LOOK_SECONDS)


def releases_of(plan: Plan) -> list[str]:
    """What everybody is served first, each once."""
    assignments = [*plan.assignments(), *(plan.overrides or {}).values()]
    return list(dict.fromkeys(assignment.arm.release for assignment in assignments))
