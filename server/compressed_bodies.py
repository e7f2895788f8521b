"""Request bodies that clients compress: zstd and gzip, unpacked before anybody else sees them.

A few bytes may unpack to gigabytes, so unpacking stops at the limit that plain bodies have, and
never asks for more memory than that.
"""

import io
import zlib

import zstandard
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.body_limit import BodyTooLarge

MAX_WINDOW_BYTES = 1 << 23
GZIP_WINDOW_BITS = 31


class InvalidEncoding(HTTPException):
    """The body is not what its Content-Encoding says."""

    code = "invalid_encoding"

    def __init__(self) -> None:
        super().__init__(400, "the body is not in the encoding that it declares")

    def __str__(self) -> str:
        return self.detail


class UnsupportedEncoding(HTTPException):
    """The body's Content-Encoding is none that we know."""

    code = "unsupported_encoding"

    def __init__(self) -> None:
        super().__init__(415, "bodies may be plain, zstd or gzip")

    def __str__(self) -> str:
        return self.detail


class CompressedBodies:
    """Wraps an app, which sees plain bodies only, none longer than ``max_body_bytes``."""

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        encoding = Headers(scope=scope).get("content-encoding", "") if _is_http(scope) else ""
        encoding = encoding.strip().lower()
        if encoding in ("", "identity"):
            await self._app(scope, receive, send)
            return
        headers = MutableHeaders(scope=scope)
        del headers["content-encoding"]
        del headers["content-length"]
        is_unpacked = False

        async def unpacked() -> Message:
            nonlocal is_unpacked
            if is_unpacked:
                return await receive()
            body = await _body(receive)
            if body is None:
                return {"type": "http.disconnect"}
            is_unpacked = True
            return {"type": "http.request", "body": self._unpack(body, encoding)}

        await self._app(scope, unpacked, send)

    def _unpack(self, body: bytes, encoding: str) -> bytes:
        if encoding == "zstd":
            plain = _unpack_zstd(body, self._max_body_bytes + 1)
        elif encoding in ("gzip", "x-gzip"):
            plain = _unpack_gzip(body, self._max_body_bytes + 1)
        else:
            raise UnsupportedEncoding
        if len(plain) > self._max_body_bytes:
            raise BodyTooLarge(self._max_body_bytes)
        return plain


def _is_http(scope: Scope) -> bool:
    return bool(scope["type"] == "http")


async def _body(receive: Receive) -> bytes | None:
    """All of it, already limited; None if the client leaves before."""
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _unpack_zstd(body: bytes, max_bytes: int) -> bytes:
    # Only the stream reader keeps to a limit whatever the frame says of its size.
    unpacker = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES)
    try:
        return unpacker.stream_reader(io.BytesIO(body), read_across_frames=True).read(max_bytes)
    except zstandard.ZstdError:
        raise InvalidEncoding from None


def _unpack_gzip(body: bytes, max_bytes: int) -> bytes:
    unpacker = zlib.decompressobj(GZIP_WINDOW_BITS)
    try:
        plain = unpacker.decompress(body, max_bytes)
    except zlib.error:
        raise InvalidEncoding from None
    if not unpacker.eof and len(plain) < max_bytes:
        raise InvalidEncoding
    return plain
