"""Runs the stages that make a folder of a folder; they look after unfinished work themselves."""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.errors import RowError, RunError
from training.files.fingerprints import Fingerprint, folder_fingerprints, folder_sha256
from training.runner.identity import Identity
from training.runner.manifest import Manifest, read_manifest, report_of, write_manifest
from training.runner.options import RunOptions
from training.runner.values import Counts, RunReport
from training.stage import FolderStage, StageConfig


def input_folder(
    stage: FolderStage, name: str, known: Mapping[str, Fingerprint]
) -> tuple[Fingerprint, ...]:
    """The files of the folder that ``stage`` reads. Raises ``RunError`` if it is none."""
    folder = Path(name)
    if not folder.is_dir():
        raise RunError(f"{stage.name} reads a folder, {folder} is none")
    return tuple(folder_fingerprints(folder, known))


def run_folder(
    stage: FolderStage,
    config: StageConfig,
    folder: Path,
    out: Path,
    options: RunOptions,
    identity: Identity,
) -> RunReport:
    """Hand ``folder`` and ``out`` to the stage. Raises ``RunError``.

    What stands at ``out`` is replaced if this stage has put it there, or if the run is forced; it
    stays if the stage fails.
    """
    started = time.monotonic()
    old = _set_aside(stage, out, options)
    try:
        answer = stage.run(folder, config, out)
    except BaseException as error:
        if old is not None and not out.exists():
            old.rename(out)
        if isinstance(error, RowError):
            raise RunError(f"{error.code}: {error}") from None
        raise
    if old is not None:
        shutil.rmtree(old)
    manifest = Manifest(
        **identity.as_fields(),
        output=folder_fingerprint(out, out),
        counts=Counts(),
        remarks=remarks_of(answer),
        seconds=round(time.monotonic() - started, 3),
    )
    if options.keeps_manifest:
        write_manifest(out, manifest)
    return report_of(manifest, out, was_up_to_date=False)


def _set_aside(stage: FolderStage, out: Path, options: RunOptions) -> Path | None:
    """Where an earlier output has gone. Raises ``RunError`` for that of another stage."""
    manifest = read_manifest(out) if out.exists() else None
    if manifest is None and not (out.exists() and options.force):
        return None
    if manifest is not None and manifest.stage != stage.name and not options.force:
        raise RunError(f"{out} is of {manifest.stage}; name another folder, or use --force")
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    return out.rename(old)


def remarks_of(answer: Any) -> tuple[str, ...]:
    """What a stage answers besides its files, as lines for the summary."""
    if isinstance(answer, Mapping):
        return tuple(f"{name}: {value}" for name, value in answer.items())
    if isinstance(answer, list | tuple):
        return tuple(str(line) for line in answer)
    return (answer,) if isinstance(answer, str) else ()


def folder_fingerprint(out: Path, made: Path) -> Fingerprint:
    """Of the folder ``made`` that is to be called ``out``: its content, its size, no time."""
    size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
    return Fingerprint(path=str(out), num_bytes=size, modified_ns=0, sha256=folder_sha256(made))
