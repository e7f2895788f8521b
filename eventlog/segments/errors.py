"""What can be wrong with a log that is to be written."""

from typing import ClassVar


class EventLogError(Exception):
    """Base class. ``code`` is the stable, machine-readable name."""

    code: ClassVar[str] = "event_log_error"


class LogInUse(EventLogError):
    """Another process writes into this folder."""

    code = "log_in_use"


class LogUnusable(EventLogError):
    """The folder, its keys or its settings cannot be used. The message says which."""

    code = "log_unusable"


class LogUnavailable(EventLogError):
    """The record is not durable: disk full, failing or stalled, or too much waits for it.

    Trying again later helps, with the same event id: what was written after all counts once.
    """

    code = "log_unavailable"
