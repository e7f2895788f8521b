"""An output that is being written: after a kill it goes on from the last checkpoint.

``OUT.partial`` and ``OUT.partial.failed`` grow; what was written after the last checkpoint is cut
off on the next start and made again, so that the finished output is the same as that of a run that
nobody disturbed.
"""

import os
import time
from pathlib import Path

from training.files.compressing import compress
from training.files.fingerprints import Fingerprint, fingerprint
from training.runner.checkpoints import (
    Checkpoint,
    OutputFiles,
    give_names,
    read_checkpoint,
    write_checkpoint,
)
from training.runner.manifest import Manifest


class PartialOutput:
    """The unfinished output of the run ``key``, which nobody else writes meanwhile."""

    def __init__(
        self,
        out: Path,
        key: str,
        inputs: tuple[Fingerprint, ...],
        *,
        afresh: bool = False,
        checkpoint_seconds: float = 2.0,
    ) -> None:
        self._files = OutputFiles(out)
        self._output = self._files.partial.open("ab")
        self._failed = self._files.partial_failed.open("ab")
        self.state = self._found(key, afresh) or Checkpoint(key=key)
        self.state.inputs = inputs
        self._started = time.monotonic() - self.state.seconds
        self._checkpoint_seconds = checkpoint_seconds
        self._next_checkpoint = 0.0
        self._output.truncate(self.state.output_bytes)
        self._failed.truncate(self.state.failed_bytes)
        self.checkpoint()

    @property
    def seconds(self) -> float:
        """Spent on the run, also before a kill."""
        return time.monotonic() - self._started

    def append(self, lines: list[bytes], failed_lines: list[bytes], num_steps: int) -> None:
        """The results of the next ``num_steps`` rows or units."""
        for line in lines:
            self._output.write(line)
            self.state.output_bytes += len(line)
        for line in failed_lines:
            self._failed.write(line)
            self.state.failed_bytes += len(line)
        self.state.num_steps += num_steps

    def checkpoint_if_due(self) -> None:
        """From time to time what was appended is made to outlive a kill."""
        if time.monotonic() >= self._next_checkpoint:
            self.checkpoint()

    def checkpoint(self) -> None:
        """What was appended so far outlives a kill."""
        for file in (self._output, self._failed):
            file.flush()
            os.fsync(file.fileno())
        self.state.seconds = self.seconds
        write_checkpoint(self._files, self.state)
        self._next_checkpoint = time.monotonic() + self._checkpoint_seconds

    def packed(self) -> Fingerprint:
        """The output's file before it gets its name, compressed if the name says so."""
        self.checkpoint()
        if self._files.packed != self._files.partial:
            compress(self._files.partial, self._files.packed)
        return fingerprint(self._files.packed, str(self._files.out), {})

    def finish(self, manifest: Manifest) -> None:
        """Give the output, the failures and the manifest their names."""
        self.state.finished = manifest
        write_checkpoint(self._files, self.state)
        give_names(self._files, manifest, self.state.failed_bytes)

    def close(self) -> None:
        """An unfinished run stays as it is, for the next one to go on."""
        self._output.close()
        self._failed.close()

    def _found(self, key: str, afresh: bool) -> Checkpoint | None:
        found = read_checkpoint(self._files)
        if found is None or afresh or found.key != key or found.finished is not None:
            return None
        is_whole = (
            self._files.partial.stat().st_size >= found.output_bytes
            and self._files.partial_failed.stat().st_size >= found.failed_bytes
        )
        return found if is_whole else None


def finish_interrupted(out: Path, key: str) -> None:
    """If the run ``key`` was killed while its files got their names, they get them now."""
    files = OutputFiles(out)
    found = read_checkpoint(files)
    if found is not None and found.finished is not None and found.key == key:
        give_names(files, found.finished, found.failed_bytes)
