"""Runs the stages that write rows, from the first row or from where a killed run stopped."""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from training.errors import RunError
from training.files import InputFile, RowReader
from training.runner.chunks import chunks_of
from training.runner.clients import DEFAULT_ROWS_AT_ONCE, through_client
from training.runner.executors import open_executor
from training.runner.identity import Identity, stamp_of
from training.runner.manifest import Manifest, report_of
from training.runner.options import RunOptions
from training.runner.partial import PartialOutput
from training.runner.progress import ROWS, Fraction, ProgressView, open_progress
from training.runner.recorder import Recorder
from training.runner.rerun import rerun_command
from training.runner.selection import selected, selected_units
from training.runner.surveys import survey_results
from training.runner.values import ChunkResult, Counts, RunReport
from training.runner.work import Rows, work_of
from training.stage import ClientStage, MapStage, SourceStage, StageConfig, SurveyStage

RowStage = MapStage | ClientStage | SurveyStage | SourceStage


@dataclass(frozen=True, slots=True)
class RowRun:
    """One run of a stage that writes rows."""

    stage: RowStage
    config: StageConfig
    inputs: Sequence[str]
    files: Sequence[InputFile]
    out: Path
    options: RunOptions
    identity: Identity


def run_rows(run: RowRun) -> RunReport:
    """Every row that is not done yet. Raises ``RunError`` or ``FirstFailure``; both keep the rest.

    What is kept is found by the next run with the same key.
    """
    identity = run.identity
    output = PartialOutput(
        run.out,
        identity.key,
        identity.inputs,
        afresh=run.options.force,
        checkpoint_seconds=run.options.checkpoint_seconds,
    )
    with closing(output):
        reader = RowReader(run.files)
        rerun = partial(rerun_command, run.stage, run.config, run.inputs, run.out)
        noun = "units" if isinstance(run.stage, SourceStage) else ROWS
        counts = output.state.counts
        fraction = _fraction(run, reader, counts)
        with open_progress(run.stage.name, counts, fraction, noun) as view:
            recorder = Recorder(output, view, rerun, failfast=run.options.failfast)
            try:
                _feed(run, reader, recorder, view, output.state.num_steps)
            except BaseException:
                output.checkpoint()
                raise
            stats = view.stats()
        return _finished(run, output, stats)


def _feed(
    run: RowRun, reader: RowReader, recorder: Recorder, view: ProgressView, num_done: int
) -> None:
    if isinstance(run.stage, ClientStage) and run.options.executor == "local":
        asyncio.run(_feed_client(run, run.stage, reader, recorder, view, num_done))
        return
    with closing(_results(run, reader, num_done)) as results:
        for result in results:
            recorder.record(result)


def _results(run: RowRun, reader: RowReader, num_done: int) -> Generator[ChunkResult, None, None]:
    rows, executor = _rows_of(run), open_executor(run.options, run.out)
    read = partial(selected, reader, run.options.selection)
    stage, config = run.stage, run.config
    if isinstance(stage, SurveyStage):
        return survey_results(stage, config, read, rows, executor, num_done)
    if isinstance(stage, SourceStage):
        units = selected_units(stage.units(config), run.options.selection)
        return executor.map(work_of(stage, config, rows), islice(units, num_done, None))
    raws = islice(read(), num_done, None)
    if isinstance(stage, ClientStage):
        from training.runner.ray_data import RayExecutor, client_results

        on_ray = RayExecutor(run.out, run.options.jobs)
        return client_results(stage, config, chunks_of(raws), rows, on_ray)
    return executor.map(work_of(stage, config, rows), chunks_of(raws))


async def _feed_client(
    run: RowRun,
    stage: ClientStage,
    reader: RowReader,
    recorder: Recorder,
    view: ProgressView,
    num_done: int,
) -> None:
    raws = islice(reader.counted(selected(reader, run.options.selection)), num_done, None)
    rows_at_once = run.options.jobs or DEFAULT_ROWS_AT_ONCE
    async with stage.open(run.config) as client:
        stats = getattr(client, "stats", None)
        if callable(stats):
            view.stats = stats
        results = through_client(stage.run, run.config, client, raws, _rows_of(run), rows_at_once)
        try:
            async for result in results:
                recorder.record(result)
        finally:
            await results.aclose()


def _fraction(run: RowRun, reader: RowReader, counts: Counts) -> Fraction:
    """Ray is given all rows at once, a client many: how many are read says little of them."""
    if run.options.executor != "local":
        return lambda: None
    if not isinstance(run.stage, ClientStage):
        return reader.fraction

    def answered() -> float | None:
        read = reader.fraction()
        return read and read * min(1.0, counts.num_in / max(1, reader.num_counted))

    return answered


def _rows_of(run: RowRun) -> Rows:
    reads: Any = getattr(run.stage, "reads", None)
    keeps = run.options.failed == "keep"
    return Rows(reads, stamp_of(run.identity, run.config), keeps_failed=keeps)


def _finished(run: RowRun, output: PartialOutput, stats: dict[str, float]) -> RunReport:
    for file, seen in zip(run.files, run.identity.inputs, strict=True):
        if not seen.is_current(file.path):
            raise RunError(f"{file.name} was changed while it was read; run again")
    written = output.packed()
    manifest = Manifest(
        **run.identity.as_fields(),
        output=written,
        counts=output.state.counts,
        stats=stats,
        seconds=round(output.seconds, 3),
    )
    output.finish(manifest)
    return report_of(manifest, run.out, was_up_to_date=False)
