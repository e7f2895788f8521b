"""What a finished output says about itself, in ``OUT.manifest.json`` beside it."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from training.files.fingerprints import Fingerprint
from training.files.replacing import write_whole
from training.runner.values import Counts, RunReport


class Manifest(BaseModel):
    """How an output came to be. ``key`` stands for all that its content depends on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    version: int
    parameters: dict[str, Any]
    environment: dict[str, str]
    selection: dict[str, Any]
    key: str
    inputs: tuple[Fingerprint, ...]
    parameter_files: tuple[Fingerprint, ...]
    output: Fingerprint
    counts: Counts
    stats: dict[str, float] = {}
    remarks: tuple[str, ...] = ()
    seconds: float

    def describes(self, out: Path) -> bool:
        """Whether ``out`` is still what was written; a folder is taken at its word."""
        return out.is_dir() or self.output.is_current(out)


def manifest_path(out: Path) -> Path:
    """Where the manifest of ``out`` lies."""
    return out.with_name(f"{out.name}.manifest.json")


def read_manifest(out: Path) -> Manifest | None:
    """None where there is none that can be read."""
    try:
        return Manifest.model_validate_json(manifest_path(out).read_bytes())
    except (OSError, ValidationError):
        return None


def write_manifest(out: Path, manifest: Manifest) -> None:
    """Beside ``out``, whole or not at all."""
    write_whole(manifest_path(out), manifest.model_dump_json(indent=2) + "\n")


def report_of(manifest: Manifest, out: Path, *, was_up_to_date: bool) -> RunReport:
    """The end of the run that ``manifest`` describes."""
    return RunReport(
        out=out,
        counts=manifest.counts,
        output=manifest.output,
        was_up_to_date=was_up_to_date,
        seconds=manifest.seconds,
        remarks=manifest.remarks,
    )
