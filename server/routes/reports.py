"""``POST /v1/outcomes`` and ``POST /v1/settled``: answered when what they say is durable."""

from fastapi import APIRouter

from server.dependencies import State
from server.wire.errors import REPORT_ERRORS
from server.wire.reports import OutcomesRequest, ReceiptOut, SettledRequest

router = APIRouter()


@router.post("/v1/outcomes", responses=REPORT_ERRORS)
async def outcomes(body: OutcomesRequest, state: State) -> ReceiptOut:
    """What the user did with predictions. On 503 send the same batch again."""
    return ReceiptOut.of(await state.data.reports.outcomes(body.user, body.reports()))


@router.post("/v1/settled", responses=REPORT_ERRORS)
async def settled(body: SettledRequest, state: State) -> ReceiptOut:
    """Where predicted regions came to rest, from clients that watch them themselves.

    Such clients set ``reports_settled`` when they ask for predictions. The body may be zstd.
    """
    return ReceiptOut.of(await state.data.reports.settled(body.user, body.reports()))
