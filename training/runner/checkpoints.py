"""How far an unfinished run has come: a small file, replaced as a whole, beside its output."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.files.fingerprints import Fingerprint
from training.files.replacing import replace_folder, sync_folder, write_whole
from training.runner.manifest import Manifest, manifest_path, write_manifest
from training.runner.values import Counts


class Checkpoint(BaseModel):
    """What of the unfinished files counts: whole results of a whole number of steps.

    A step is a row, or a unit of a source. ``finished`` is the manifest of a run whose files only
    have to be given their names.
    """

    model_config = ConfigDict(extra="forbid")

    key: str
    inputs: tuple[Fingerprint, ...] = ()
    num_steps: int = 0
    output_bytes: int = 0
    failed_bytes: int = 0
    counts: Counts = Field(default_factory=Counts)
    seconds: float = 0.0
    finished: Manifest | None = None


class OutputFiles:
    """The files that belong to the output ``out`` before and after it is finished."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.partial = self._beside("partial")
        self.packed = self._beside("partial.zst") if out.name.endswith(".zst") else self.partial
        self.partial_failed = self._beside("partial.failed")
        self.failed = self._beside("failed.jsonl")
        self.checkpoint = self._beside("checkpoint.json")
        self.chunks = self._beside("chunks")
        self.lock = self._beside("lock")

    def _beside(self, ending: str) -> Path:
        return self.out.with_name(f"{self.out.name}.{ending}")


def read_checkpoint(files: OutputFiles) -> Checkpoint | None:
    """None where there is none that can be read."""
    try:
        return Checkpoint.model_validate_json(files.checkpoint.read_bytes())
    except (OSError, ValidationError):
        return None


def write_checkpoint(files: OutputFiles, checkpoint: Checkpoint) -> None:
    """On disk when this returns."""
    write_whole(files.checkpoint, checkpoint.model_dump_json())


def give_names(files: OutputFiles, finished: Manifest, failed_bytes: int) -> None:
    """Everything that is finished gets its name. Done again after a kill, it ends the same."""
    if files.packed.is_dir():
        manifest_path(files.out).unlink(missing_ok=True)
        replace_folder(files.packed, files.out)
    elif files.packed.exists():
        files.packed.replace(files.out)
    if failed_bytes == 0:
        files.failed.unlink(missing_ok=True)
    elif files.partial_failed.exists():
        files.partial_failed.replace(files.failed)
    sync_folder(files.out.parent)
    write_manifest(files.out, finished)
    for leftover in (files.partial, files.partial_failed, files.checkpoint):
        leftover.unlink(missing_ok=True)
