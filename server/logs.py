"""Structured JSON logs on standard error, for our records and for those of libraries.

User code is secret: records carry names, numbers and reasons only. An exception is logged as its
type and its stack of places, never with its message or values, which may quote the user's text.
"""

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

_SHARED: tuple[structlog.types.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def places(error: BaseException) -> list[str]:
    """Where ``error`` was raised, outermost first: ``file:line function``."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _strip_exception_text(
    _logger: object, _method: str, record: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    """Replace ``exc_info`` by the exception's type and places."""
    info = record.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        record["exception"] = type(error).__qualname__
        record["places"] = places(error)
    return record


class _LibraryFormatter(structlog.stdlib.ProcessorFormatter):
    """Formats records of the standard ``logging`` module; never lets it append a traceback."""

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        return ei[0].__qualname__ if ei[0] is not None else ""


def configure_logs(level: str, stream: TextIO | None = None) -> None:
    """Send every record of the process to ``stream`` (standard error) as JSON, one per line."""
    render = (_strip_exception_text, structlog.processors.JSONRenderer())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        _LibraryFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = name != "uvicorn.access"
