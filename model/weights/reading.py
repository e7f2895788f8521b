"""Reads of model files: what keeps one from being read is told as what it is of a model."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.errors import ModelFilesError


@contextmanager
def reading(path: Path, remedy: str) -> Iterator[None]:
    """Read ``path`` in a ``with`` block. Raises ``ModelFilesError`` if the system cannot."""
    try:
        yield
    except FileNotFoundError:
        raise ModelFilesError(f"{path} is missing; {remedy}") from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ModelFilesError(f"{path} cannot be read: {why}; {remedy}") from None
