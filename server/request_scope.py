"""Outermost middleware: gives each request its id, times it, and answers what nobody caught.

Plain ASGI rather than a framework base class: those put a queue between the app and the server, and
hide disconnects from the handlers.
"""

import time

import structlog
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from ulid import ULID

from server.errors import INTERNAL, error_body
from server.logs import places
from server.metrics import Metrics

REQUEST_ID_HEADER = b"x-request-id"

log = structlog.get_logger("foretype.requests")


class RequestScope:
    """Wraps an app; ``state`` of each request holds ``request_id`` and, later, its ``outcome``."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = str(ULID())
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (REQUEST_ID_HEADER, request_id.encode()),
                ]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            # Re-raising would let the HTTP server print the message, which may quote user code.
            log.error(
                "unhandled",
                request_id=request_id,
                exception=type(error).__qualname__,
                places=places(error),
            )
            state["outcome"] = INTERNAL.code
            if not status:
                body = error_body(INTERNAL.code, str(INTERNAL.message), request_id)
                response = JSONResponse(body, status_code=INTERNAL.status)
                await response(scope, receive, send_with_id)
        finally:
            self._observe(scope, status, time.perf_counter() - started)

    def _observe(self, scope: Scope, status: int, seconds: float) -> None:
        state = scope["state"]
        route = scope.get("route")
        endpoint = getattr(route, "path", "unmatched")
        labels = (
            endpoint,
            state.get("arm", ""),
            state.get("model", ""),
            state.get("outcome", "ok" if 200 <= status < 400 else "error"),
        )
        self._metrics.request_duration.labels(*labels).observe(seconds)
        log.debug("request", request_id=state["request_id"], endpoint=endpoint, status=status)
