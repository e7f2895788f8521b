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
    404: {"model": ErrorBody, "description": "There is no such thing here."},
    413: {"model": ErrorBody, "description": "The body or the prompt is too large."},
    415: {"model": ErrorBody, "description": "The body's encoding is none we know."},
    422: {"model": ErrorBody, "description": "A field is missing or of the wrong type."},
    503: {"model": ErrorBody, "description": "Warming up or overloaded; try again soon."},
}

REPORT_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "The body cannot be read."},
    413: {"model": ErrorBody, "description": "The body is too large."},
    415: {"model": ErrorBody, "description": "The body's encoding is none we know."},
    422: {"model": ErrorBody, "description": "A field is missing or of the wrong type."},
    503: {"model": ErrorBody, "description": "Not durable; send the same again."},
}

ROLLOUT_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "The body cannot be read."},
    401: {"model": ErrorBody, "description": "A bearer token is needed."},
    403: {"model": ErrorBody, "description": "The token may not change experiments."},
    404: {"model": ErrorBody, "description": "This server has no experiments."},
    409: {"model": ErrorBody, "description": "The experiment is not where this could be done."},
    413: {"model": ErrorBody, "description": "The body is too large."},
    422: {"model": ErrorBody, "description": "The document, or a field, is wrong."},
    503: {"model": ErrorBody, "description": "The store does not answer; try again soon."},
}

USER_ERRORS: dict[int | str, dict[str, Any]] = REPORT_ERRORS | {
    401: {"model": ErrorBody, "description": "A bearer token is needed."},
    403: {"model": ErrorBody, "description": "The token, or the project, is another's."},
    404: {"model": ErrorBody, "description": "This server keeps no data."},
    409: {"model": ErrorBody, "description": "Another version of the policy is in force."},
}
