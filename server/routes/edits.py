"""``POST /v1/edits``."""

from fastapi import APIRouter

from server.dependencies import State
from server.predictions import Caller
from server.wire.edits import EditsRequest, EditsResponse
from server.wire.errors import REPORT_ERRORS

router = APIRouter()


@router.post("/v1/edits", responses=REPORT_ERRORS)
async def edits(body: EditsRequest, state: State) -> EditsResponse:
    """Follow the user's edits of a file, and say how many predictions of it are watched."""
    caller = Caller(user=body.user, session=body.session)
    standing, watching = await state.data.watch.edited(
        caller.session_key, body.path, body.message(), body.closed
    )
    return EditsResponse(standing=standing, watching=watching)
