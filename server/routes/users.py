"""``/v1/users/{user}/consents`` and ``/v1/users/{user}/data``: a user's say over the user's data.

The bearer token must be the user's own, or the administrator's.
"""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import StringConstraints

from server.data import DataOff, Desk
from server.dependencies import State
from server.wire.errors import USER_ERRORS
from server.wire.users import ConsentOut, ConsentRequest, ConsentsOut, ErasedOut, Project

router = APIRouter(responses=USER_ERRORS)

User = Annotated[str, StringConstraints(min_length=1, max_length=256), Path()]


def _desk(state: State, user: User, authorization: Annotated[str | None, Header()] = None) -> Desk:
    """The desk, for whoever may speak for ``user``."""
    if state.data.desk is None:
        raise DataOff
    state.data.desk.people.check(authorization, user)
    return state.data.desk


Authorized = Annotated[Desk, Depends(_desk)]


@router.get("/v1/users/{user:path}/consents")
async def consents(user: User, desk: Authorized, state: State) -> ConsentsOut:
    """The consents that stand."""
    return await _consents(user, desk, state)


@router.put("/v1/users/{user:path}/consents")
async def grant(user: User, body: ConsentRequest, desk: Authorized) -> ConsentOut:
    """Give consent for a project. What is asked for from now on may be recorded."""
    given = await desk.consents.grant(
        user, body.project, body.policy_version, body.source, body.license_text
    )
    return ConsentOut.of(given)


@router.delete("/v1/users/{user:path}/consents")
async def revoke(
    user: User, project: Annotated[Project, Query()], desk: Authorized, state: State
) -> ConsentsOut:
    """Take consent back, for a project or with * for all. Nothing is recorded from now on."""
    await desk.consents.revoke(user, project, source="api")
    return await _consents(user, desk, state)


@router.get("/v1/users/{user:path}/data", response_class=StreamingResponse)
async def export(user: User, desk: Authorized) -> StreamingResponse:
    """All that is held of the user, one record a line."""
    lines = await asyncio.to_thread(desk.holdings.export, user)
    return StreamingResponse(lines, media_type="application/x-ndjson")


@router.delete("/v1/users/{user:path}/data")
async def erase(user: User, desk: Authorized) -> ErasedOut:
    """Make all that is held of the user unreadable, at once and for good."""
    return ErasedOut(erased=await desk.holdings.erase(user))


async def _consents(user: str, desk: Desk, state: State) -> ConsentsOut:
    standing = await desk.consents.of(user)
    return ConsentsOut(
        policy_version=state.settings.data.policy_version,
        consents=[ConsentOut.of(each) for each in standing],
    )
