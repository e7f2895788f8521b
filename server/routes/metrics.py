"""``GET /metrics`` for Prometheus, in the text format that the scraper asks for."""

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import choose_encoder

from server.dependencies import State

router = APIRouter()


@router.get("/metrics", response_class=Response)
async def metrics(request: Request, state: State) -> Response:
    """Every metric of the process."""
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(state.metrics.registry), media_type=content_type)
