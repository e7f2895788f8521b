"""What all requests and responses have in common."""

from pydantic import BaseModel, ConfigDict


class Request(BaseModel):
    """Fields are only ever added, with defaults; unknown ones are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Response(BaseModel):
    """Fields are only ever added."""
