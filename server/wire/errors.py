"""The one shape of an error, for the API's documentation."""

from typing import Any

from pydantic import BaseModel


class ErrorDetail(BaseModel):
    """``code`` is stable, for programs; ``message`` is for people; neither quotes the request."""

    code: str
    message: str
    request_id: str


class ErrorBody(BaseModel):
    error: ErrorDetail


ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "The request cannot be served as it is."},
    413: {"model": ErrorBody, "description": "The body or the prompt is too large."},
    422: {"model": ErrorBody, "description": "A field is missing or of the wrong type."},
    503: {"model": ErrorBody, "description": "Warming up or overloaded; try again soon."},
}
