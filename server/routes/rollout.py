"""``/v1/rollout``: see and change experiments. For operators, by the administrator's token."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query

from rollout.desk import Action, Wish
from rollout.experiments.document import read_fields
from server.dependencies import State
from server.experiments import Experiments, RolloutOff
from server.wire.errors import ROLLOUT_ERRORS
from server.wire.rollout import (
    ActionRequest,
    ApplyRequest,
    ChangesOut,
    HistoryEntryOut,
    HistoryOut,
    KillRequest,
    RolloutOut,
)

router = APIRouter(prefix="/v1/rollout", responses=ROLLOUT_ERRORS)


def _experiments(
    state: State, authorization: Annotated[str | None, Header()] = None
) -> Experiments:
    """For whoever may change them."""
    if state.experiments is None:
        raise RolloutOff
    state.experiments.check_admin(authorization)
    return state.experiments


Authorized = Annotated[Experiments, Depends(_experiments)]
NO_ACTION, NO_KILL = ActionRequest(), KillRequest()


@router.get("")
async def show(experiments: Authorized) -> RolloutOut:
    """What is in force."""
    state = await asyncio.to_thread(experiments.desk.state)
    return RolloutOut.of(state, await asyncio.to_thread(experiments.desk.noted_last))


@router.put("/document")
async def apply(body: ApplyRequest, experiments: Authorized) -> ChangesOut:
    """Put a new document in force, or say what it would change. It is taken or refused whole."""
    desk = experiments.desk
    document = read_fields(body.document)
    changes = await asyncio.to_thread(desk.plan, document)
    if body.dry_run:
        state = await asyncio.to_thread(desk.state)
    else:
        state = await asyncio.to_thread(desk.apply, document, body.actor, body.reasons)
    return ChangesOut(changes=changes, revision=state.revision)


@router.post("/experiments/{key}/{action}")
async def act(
    key: Annotated[str, Path(max_length=63)],
    action: Action,
    experiments: Authorized,
    body: ActionRequest = NO_ACTION,
) -> RolloutOut:
    """Start, promote, approve, hold, resume or roll back an experiment. A promotion says ``to``
    which share: asked for twice, it is made once."""
    wish = Wish(action, key, body.actor, body.reasons, body.treatment, to=body.to)
    return RolloutOut.of(await asyncio.to_thread(experiments.desk.carry_out, wish))


@router.post("/kill")
async def kill(experiments: Authorized, body: KillRequest = NO_KILL) -> RolloutOut:
    """Roll back everything that runs."""
    return RolloutOut.of(await asyncio.to_thread(experiments.desk.kill, body.actor, body.reasons))


@router.get("/history")
async def history(
    experiments: Authorized, limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> HistoryOut:
    """Who did what, when, why and by which numbers; newest first."""
    entries = await asyncio.to_thread(experiments.desk.history, limit)
    return HistoryOut(entries=[HistoryEntryOut.of(entry) for entry in entries])
