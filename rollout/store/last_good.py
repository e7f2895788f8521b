"""The last state that a server followed, on its own disk: for a start without the store."""

import os
import tempfile
from pathlib import Path

import structlog

from rollout.experiments.state import RolloutState

log = structlog.get_logger("foretype.rollout")


class LastGood:
    """One file. A help only: what cannot be read is as absent, what cannot be written is logged.

    Several servers may share it; it then holds what one of them kept last.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> RolloutState | None:
        """None if the file is absent, damaged, or of another version."""
        try:
            return RolloutState.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning("last good state not read", exception=type(error).__qualname__)
            return None

    def keep(self, state: RolloutState) -> None:
        """On disk when this returns; a reader finds the old or the new."""
        try:
            self._write(state.model_dump_json())
        except (OSError, ValueError) as error:
            log.warning("last good state not kept", exception=type(error).__qualname__)

    def _write(self, text: str) -> None:
        folder = self._path.parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Readable by its owner only, and another one for each who writes.
        descriptor, partial = tempfile.mkstemp(dir=folder, prefix=self._path.name, suffix=".tmp")
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, self._path)
        except OSError:
            os.unlink(partial)
            raise
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
