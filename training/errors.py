"""What can go wrong with one row, and what is wrong with a whole run.

The runner turns a ``RowError`` into a line of ``failed.jsonl`` and goes on; a ``RunError`` ends the
run with one line that says what to change. Messages may name fields and places, never user code.
"""

from typing import ClassVar


class TrainingError(Exception):
    """Base class. ``code`` is the stable word in summaries and ``failed.jsonl``."""

    code: ClassVar[str] = "training_error"


class RowError(TrainingError):
    """This row cannot be processed; the next one can."""

    code = "row_error"


class InvalidRow(RowError):
    """The line is no JSON, or no record of the type that the stage reads."""

    code = "invalid_row"


class MissingSection(RowError):
    """The row lacks what another stage has to add first; the message names that stage."""

    code = "missing_section"


class RunError(TrainingError):
    """The run as a whole cannot go on: bad configuration, unreadable input, an endpoint gone."""

    code = "run_error"


def describe_os_error(error: OSError) -> str:
    """What the system refused, in one line, with the file if it is about one."""
    reason = error.strerror or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename else reason
