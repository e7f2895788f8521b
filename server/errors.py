"""One table from exception classes to HTTP answers, and one shape for them all.

``{"error": {"code", "message", "request_id"}}``. A status says whether trying again helps: 4xx does
not, 503 does. What a request holds never reaches its error body.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from eventlog.keys import KeyStoreUnusable
from eventlog.segments import LogUnavailable
from model import EngineOverloaded, EngineUnavailable, PromptTooLong, UnencodableText
from prompt_format import InvalidPatch, InvalidRange, SpecialTokenInInput, UnknownPromptFormat
from rollout import (
    InvalidDocument,
    RefusedChange,
    StaleRevision,
    StoreUnavailable,
    UnknownExperiment,
)
from server.bearer import ForbiddenToken, Unauthenticated
from server.body_limit import BodyTooLarge
from server.compressed_bodies import InvalidEncoding, UnsupportedEncoding
from server.data import (
    DataOff,
    DataOverloaded,
    ForbiddenProject,
    ForbiddenUser,
    PolicyChanged,
)
from server.disconnect import ClientGone
from server.experiments import RolloutOff

RETRY_AFTER_SECONDS = 1


class NotReady(Exception):
    """The model has not answered its warm-up yet."""

    code = "not_ready"


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """How one class of exceptions is answered."""

    status: int
    code: str
    message: str | None = None
    """Instead of the exception's own message, where that might quote the input."""
    retry: bool = False


ERRORS: dict[type[Exception], ErrorRow] = {
    RequestValidationError: ErrorRow(422, "invalid_request"),
    InvalidRange: ErrorRow(400, InvalidRange.code),
    InvalidPatch: ErrorRow(400, InvalidPatch.code),
    SpecialTokenInInput: ErrorRow(400, SpecialTokenInInput.code),
    UnknownPromptFormat: ErrorRow(400, UnknownPromptFormat.code),
    UnknownExperiment: ErrorRow(400, UnknownExperiment.code),
    UnencodableText: ErrorRow(400, UnencodableText.code),
    PromptTooLong: ErrorRow(413, PromptTooLong.code),
    BodyTooLarge: ErrorRow(413, BodyTooLarge.code),
    InvalidEncoding: ErrorRow(400, InvalidEncoding.code),
    UnsupportedEncoding: ErrorRow(415, UnsupportedEncoding.code),
    Unauthenticated: ErrorRow(401, Unauthenticated.code),
    ForbiddenUser: ErrorRow(403, ForbiddenUser.code),
    ForbiddenProject: ErrorRow(403, ForbiddenProject.code),
    ForbiddenToken: ErrorRow(403, ForbiddenToken.code),
    DataOff: ErrorRow(404, DataOff.code, "this server keeps no data"),
    RolloutOff: ErrorRow(404, RolloutOff.code, "this server has no experiments"),
    PolicyChanged: ErrorRow(409, PolicyChanged.code),
    RefusedChange: ErrorRow(409, RefusedChange.code),
    StaleRevision: ErrorRow(409, StaleRevision.code),
    InvalidDocument: ErrorRow(422, InvalidDocument.code),
    ClientGone: ErrorRow(499, ClientGone.code, "the client has gone"),
    DataOverloaded: ErrorRow(503, DataOverloaded.code, retry=True),
    LogUnavailable: ErrorRow(503, LogUnavailable.code, "it could not be made durable", retry=True),
    KeyStoreUnusable: ErrorRow(
        503, KeyStoreUnusable.code, "the keys cannot be used at present", retry=True
    ),
    StoreUnavailable: ErrorRow(
        503, StoreUnavailable.code, "the rollout's store does not answer", retry=True
    ),
    NotReady: ErrorRow(503, NotReady.code, "the model is still warming up", retry=True),
    EngineOverloaded: ErrorRow(503, EngineOverloaded.code, retry=True),
    EngineUnavailable: ErrorRow(503, EngineUnavailable.code, "the engine failed", retry=True),
}

INTERNAL = ErrorRow(500, "internal", "something went wrong on our side")


def error_body(code: str, message: str, request_id: str) -> dict[str, Any]:
    """The one shape of an error."""
    return {"error": {"code": code, "message": message, "request_id": request_id}}


def error_response(request: Request, row: ErrorRow, message: str) -> JSONResponse:
    """Answer ``request`` with ``row``, and note its code as the request's outcome."""
    request.state.outcome = row.code
    headers = {"retry-after": str(RETRY_AFTER_SECONDS)} if row.retry else None
    body = error_body(row.code, row.message or message, request.state.request_id)
    return JSONResponse(body, status_code=row.status, headers=headers)


def _describe(problems: Sequence[Any]) -> str:
    """Which field is wrong and how, without the value."""
    shown = (f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in problems[:5])
    return "; ".join(shown) + (f"; and {len(problems) - 5} more" if len(problems) > 5 else "")


def install_error_handlers(app: FastAPI) -> None:
    """Answer every class of the table, and HTTP errors of the framework, in the one shape."""

    async def listed(request: Request, error: Exception) -> JSONResponse:
        row = next(ERRORS[base] for base in type(error).__mro__ if base in ERRORS)
        if isinstance(error, RequestValidationError):
            return error_response(request, row, _describe(error.errors()))
        return error_response(request, row, str(error))

    async def framework(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        code = "invalid_request" if status is HTTPStatus.BAD_REQUEST else status.name.lower()
        return error_response(request, ErrorRow(status.value, code), status.phrase)

    for listed_class in ERRORS:
        app.add_exception_handler(listed_class, listed)
    app.add_exception_handler(HTTPException, framework)
