"""Refuses request bodies over a limit, whether they declare their length or not.

The framework has such a middleware, but it answers in plain text; ours goes through the error
table.
"""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyTooLarge(HTTPException):
    """The request's body is longer than the server takes.

    An ``HTTPException``, since the framework turns any other error while reading a body into a 400.
    """

    code = "body_too_large"

    def __init__(self, max_body_bytes: int) -> None:
        super().__init__(413, f"the body is larger than {max_body_bytes} bytes")

    def __str__(self) -> str:
        return self.detail


class BodyLimit:
    """Wraps an app; reading more than ``max_body_bytes`` raises ``BodyTooLarge`` in it."""

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        too_large = declared.isdecimal() and int(declared) > self._max_body_bytes
        num_received = 0

        async def limited() -> Message:
            nonlocal num_received
            if too_large:
                raise BodyTooLarge(self._max_body_bytes)
            message = await receive()
            if message["type"] == "http.request":
                num_received += len(message.get("body", b""))
                if num_received > self._max_body_bytes:
                    raise BodyTooLarge(self._max_body_bytes)
            return message

        await self._app(scope, limited, send)
