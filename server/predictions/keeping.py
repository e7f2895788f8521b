"""Has an engine for every arm that is to be served, and brings it users when that is ready."""

import asyncio
from collections.abc import Callable

from model import Engines
from rollout import Arm, Assigner, Plan

LOOK_SECONDS = 0.5
"""Plans change on another thread, and rarely."""


async def keep_engines(
    engines: Engines, assigner: Assigner, plan_again: Callable[[], None]
) -> None:
    """Follow the plan that is wanted until cancelled.

    ``plan_again`` is called when other engines are there than before: of a release whose files came
    late, only then is it known how it is to be asked.
    """
    kept: Plan | None = None
    served = {""}
    keeping: set[asyncio.Task[None]] = set()
    try:
        while True:
            if assigner.wanted is not kept:
                kept = assigner.wanted
                # Beside this loop: one release that loads for long must not keep the others' users.
                task = asyncio.create_task(engines.keep(releases_of(kept)))
                keeping.add(task)
                task.add_done_callback(keeping.discard)
            if served != engines.served.keys():
                served = set(engines.served)
                await asyncio.to_thread(plan_again)
            assigner.refresh(lambda arm: is_ready(engines, arm))
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)


def is_ready(engines: Engines, arm: Arm) -> bool:
    """Whether the arm's engine is there, and has answered a warm-up."""
    return engines.of(arm.release) is not None


def releases_of(plan: Plan) -> list[str]:
    """What everybody is served first, each once."""
    assignments = [*plan.assignments(), *(plan.overrides or {}).values()]
    return list(dict.fromkeys(assignment.arm.release for assignment in assignments))
