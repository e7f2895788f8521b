"""``POST /v1/predict``: the native prediction API."""

import time

from fastapi import APIRouter, Request

from server.dependencies import State
from server.disconnect import while_connected
from server.errors import NotReady
from server.wire.errors import ERROR_RESPONSES
from server.wire.from_domain import respond
from server.wire.predict import PredictRequest, PredictResponse
from server.wire.to_domain import receive

router = APIRouter()


@router.post("/v1/predict", responses=ERROR_RESPONSES)
async def predict(body: PredictRequest, request: Request, state: State) -> PredictResponse:
    """Predict the developer's next edit, or say why there is none."""
    if not state.readiness.is_ready:
        raise NotReady
    deadline_ms = body.deadline_ms or state.settings.server.deadline_ms
    received = receive(body, request.state.request_id, time.monotonic() + deadline_ms / 1000)
    prediction = await while_connected(request, state.service.predict(received.ask))
    request.state.arm = prediction.assignment.arm.key
    request.state.model = prediction.model_version
    request.state.outcome = prediction.result
    return respond(prediction, received)
