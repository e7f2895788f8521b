"""``GET /healthz`` and ``/readyz``: is the process alive, and is it of use."""

from fastapi import APIRouter

from server.dependencies import State
from server.errors import NotReady
from server.wire.errors import ERROR_RESPONSES

router = APIRouter()


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz", responses={503: ERROR_RESPONSES[503]})
async def readyz(state: State) -> dict[str, str]:
    """The model has answered a warm-up prediction."""
    if not state.readiness.is_ready:
        raise NotReady
    return {"status": "ready"}
