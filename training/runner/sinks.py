"""Runs the stages that make a folder of all rows: unfinished, it never has its final name."""

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from training.errors import RowError, RunError
from training.files import InputFile, RawRow, RowReader, parse_row
from training.runner.checkpoints import (
    Checkpoint,
    OutputFiles,
    give_names,
    read_checkpoint,
    write_checkpoint,
)
from training.runner.folders import folder_fingerprint, remarks_of
from training.runner.identity import Identity
from training.runner.manifest import Manifest, read_manifest, report_of
from training.runner.options import RunOptions
from training.runner.progress import ProgressView, open_progress
from training.runner.recorder import FirstFailure, failed_line
from training.runner.rerun import rerun_command
from training.runner.selection import selected
from training.runner.values import ChunkResult, Counts, RunReport
from training.runner.work import failure_of
from training.stage import SinkStage, StageConfig


@dataclass(frozen=True, slots=True)
class SinkRun:
    """One run of a stage that takes all rows."""

    stage: SinkStage
    config: StageConfig
    inputs: Sequence[str]
    files: Sequence[InputFile]
    out: Path
    options: RunOptions
    identity: Identity


def run_sink(run: SinkRun) -> RunReport:
    """All rows into ``out``. Raises ``RunError``, and ``FirstFailure`` if asked to."""
    started = time.monotonic()
    files = OutputFiles(run.out)
    _check_ours(run, files)
    write_checkpoint(files, Checkpoint(key=run.identity.key))
    shutil.rmtree(files.partial, ignore_errors=True)
    files.partial.mkdir()
    try:
        counts, failed, answer = _made(run, files.partial)
    except BaseException:
        _forget(files)
        raise
    manifest = Manifest(
        **run.identity.as_fields(),
        output=folder_fingerprint(run.out, files.partial),
        counts=counts,
        remarks=remarks_of(answer),
        seconds=round(time.monotonic() - started, 3),
    )
    files.partial_failed.write_bytes(failed)
    done = Checkpoint(key=manifest.key, failed_bytes=len(failed), finished=manifest)
    write_checkpoint(files, done)
    give_names(files, manifest, len(failed))
    return report_of(manifest, run.out, was_up_to_date=False)


def _check_ours(run: SinkRun, files: OutputFiles) -> None:
    """A folder without a manifest is only ours if a run was killed while it got its name."""
    is_ours = read_manifest(run.out) is not None or read_checkpoint(files) is not None
    if run.out.exists() and not is_ours and not run.options.force:
        raise RunError(f"{run.out} exists and is not of this stage; name another, or use --force")


def _made(run: SinkRun, made: Path) -> tuple[Counts, bytes, Any]:
    """What the rows became in ``made``: counts, lines about failures, the stage's answer."""
    reader = RowReader(run.files)
    counts = Counts()
    with open_progress(run.stage.name, counts, reader.fraction) as view:
        taken = _Taken(run, counts, view)
        rows = taken.rows(reader)
        try:
            answer = run.stage.run(rows, run.config, made)
        except RowError as error:
            raise RunError(f"row {taken.last_row}: {error.code}: {error}") from None
        for _unread in rows:
            pass
    return counts, b"".join(taken.failed_lines), answer


def _forget(files: OutputFiles) -> None:
    """Nothing of a run that ended with an error can be used by the next."""
    shutil.rmtree(files.partial, ignore_errors=True)
    if read_manifest(files.out) is not None or not files.out.exists():
        files.checkpoint.unlink(missing_ok=True)


class _Taken:
    """The rows as the stage takes them, counted."""

    def __init__(self, run: SinkRun, counts: Counts, view: ProgressView) -> None:
        self._run = run
        self._counts = counts
        self._view = view
        self.last_row: int | None = None
        self.failed_lines: list[bytes] = []

    def rows(self, reader: RowReader) -> Iterator[BaseModel]:
        """Those that can be read; the others are failures."""
        for raw in selected(reader, self._run.options.selection):
            self.last_row = raw.row
            result = ChunkResult(1)
            try:
                row = parse_row(raw, self._run.stage.reads)
            except RowError as error:
                self._fail(raw, error, result)
                continue
            self._counts.add(result)
            self._view.show()
            yield row

    def _fail(self, raw: RawRow, error: RowError, result: ChunkResult) -> None:
        run, failure = self._run, failure_of(raw.row, raw.label, error)
        if run.options.failfast:
            raise FirstFailure(f"row {raw.row} ({raw.label}): {error.code}: {error}")
        result.failures.append(failure)
        self._counts.add(result)
        self.failed_lines.append(
            failed_line(
                failure, lambda row: rerun_command(run.stage, run.config, run.inputs, run.out, row)
            )
        )
