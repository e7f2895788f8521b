"""Runs any stage: finds out whether there is anything to do, and who does it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from training.errors import RunError, describe_os_error
from training.files import InputFile, resolve_inputs
from training.files.fingerprints import Fingerprint, by_name
from training.files.inputs import check_encodable
from training.runner.checkpoints import OutputFiles, read_checkpoint
from training.runner.folders import input_folder, run_folder
from training.runner.identity import Identity, identity_of
from training.runner.locking import locked
from training.runner.manifest import Manifest, read_manifest, report_of
from training.runner.options import RunOptions
from training.runner.partial import finish_interrupted
from training.runner.rows import RowRun, run_rows
from training.runner.sinks import SinkRun, run_sink
from training.runner.values import RunReport
from training.stage import ClientStage, FolderStage, SinkStage, SourceStage, Stage, StageConfig

Place = Callable[[Identity], Path]
"""Where the output of a run lies, chosen by all that its content depends on."""


def run_stage(
    stage: Stage,
    config: StageConfig,
    inputs: Sequence[str],
    out: Path | Place,
    options: RunOptions | None = None,
    known: Mapping[str, Fingerprint] | None = None,
) -> RunReport:
    """Run ``stage`` on ``inputs``, or find that ``out`` holds the result already.

    Files in ``known`` that did not change are not read to know them. Rows that fail are listed in
    ``OUT.failed.jsonl`` and counted in the report. Raises ``RunError`` if the run cannot start or
    go on; what is done until then is kept.
    """
    options = options or RunOptions()
    _check(stage, inputs, options)
    if isinstance(out, Path):
        _check_name(out)
    try:
        with ExitStack() as stack:
            files: list[InputFile] = []
            if not isinstance(stage, FolderStage):
                files = stack.enter_context(resolve_inputs(inputs))
            seen = dict(known or {}) | (_known(out) if isinstance(out, Path) else {})
            identity = identity_of(stage, config, files, options, seen)
            if isinstance(stage, FolderStage) and options.keeps_manifest:
                identity = identity.with_inputs(input_folder(stage, inputs[0], seen))
            place = out if isinstance(out, Path) else out(identity)
            read = [file.path for file in files] or [Path(name) for name in inputs]
            _check_output(stage, read, place)
            return _run(stage, config, inputs, files, place, options, identity)
    except OSError as error:
        raise RunError(describe_os_error(error)) from error


def _run(
    stage: Stage,
    config: StageConfig,
    inputs: Sequence[str],
    files: Sequence[InputFile],
    out: Path,
    options: RunOptions,
    identity: Identity,
) -> RunReport:
    """What is up to date is not touched; anything else belongs to this run until it ends."""
    done = None if options.force else _up_to_date(stage, identity, out)
    if done is not None:
        return done
    out.parent.mkdir(parents=True, exist_ok=True)
    with locked(out):
        finish_interrupted(out, identity.key)
        done = None if options.force else _up_to_date(stage, identity, out)
        if done is not None:
            return done
        if isinstance(stage, FolderStage):
            return run_folder(stage, config, Path(inputs[0]), out, options, identity)
        if isinstance(stage, SinkStage):
            return run_sink(SinkRun(stage, config, inputs, files, out, options, identity))
        return run_rows(RowRun(stage, config, inputs, files, out, options, identity))


def _check(stage: Stage, inputs: Sequence[str], options: RunOptions) -> None:
    if isinstance(stage, SourceStage) and inputs:
        raise RunError(f"{stage.name} takes no inputs, only parameters")
    if isinstance(stage, FolderStage) and len(inputs) != 1:
        raise RunError(f"{stage.name} takes one folder")
    if not isinstance(stage, SourceStage) and not inputs:
        raise RunError(f"{stage.name} has nothing to read; name its inputs")
    if isinstance(stage, SinkStage | FolderStage) and options.executor == "ray":
        raise RunError(f"{stage.name} looks at all rows together and runs locally only")


def _check_name(out: Path) -> None:
    if out.name in ("", ".."):
        raise RunError(f"{out} is no name for an output")
    check_encodable(str(out))


def _check_output(stage: Stage, read: Sequence[Path], out: Path) -> None:
    if isinstance(stage, SinkStage | FolderStage):
        if out.is_file():
            raise RunError(f"{out} is a file, {stage.name} writes a folder")
        if any(each.resolve().is_relative_to(out.resolve()) for each in read):
            raise RunError(f"{out} holds an input, and would be replaced; name another output")
        return
    if not out.name.endswith((".jsonl", ".jsonl.zst")):
        raise RunError(
            f"{stage.name} writes rows; name an output that ends in .jsonl or .jsonl.zst"
        )
    if out.is_dir():
        raise RunError(f"{out} is a folder, {stage.name} writes a file")
    if any(out.exists() and each.exists() and each.samefile(out) for each in read):
        raise RunError(f"{out} is an input as well; name another output")


def _known(out: Path) -> dict[str, Fingerprint]:
    """Files that an earlier run has read."""
    manifest, checkpoint = read_manifest(out), read_checkpoint(OutputFiles(out))
    known = by_name(checkpoint.inputs) if checkpoint else {}
    if manifest is not None:
        known |= by_name((*manifest.inputs, *manifest.parameter_files))
    return known


def _up_to_date(stage: Stage, identity: Identity, out: Path) -> RunReport | None:
    manifest = read_manifest(out)
    if manifest is None or manifest.key != identity.key or not out.exists():
        return None
    if not manifest.describes(out) or _is_worth_retrying(stage, manifest):
        return None
    return report_of(manifest, out, was_up_to_date=True)


def _is_worth_retrying(stage: Stage, manifest: Manifest) -> bool:
    """What a client did not answer, it may answer now; other stages fail the same way again."""
    return isinstance(stage, ClientStage) and manifest.counts.num_failed > 0
