"""One run at a time for each output: a file ``OUT.lock`` that the run holds, whatever it writes."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from training.errors import RunError
from training.runner.checkpoints import OutputFiles


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """While ``out`` is written. A killed run holds nothing. Raises ``RunError`` if another does."""
    path = OutputFiles(out).lock
    file = _held(path)
    while file is None:
        file = _held(path)
    with file:
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _held(path: Path) -> BinaryIO | None:
    """None if the file was taken away, by the run that held it, before it was ours."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file.fileno()).st_ino == path.stat().st_ino:
            return file
    except FileNotFoundError:
        pass
    except BlockingIOError:
        file.close()
        raise RunError(f"another run is writing {path.with_suffix('')}") from None
    file.close()
    return None
