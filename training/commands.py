"""The commands of ``python -m training``: the stages, and what goes with them."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from training.converting import converter_for
from training.errors import RunError, TrainingError
from training.parameters import add_parameters, build_config, given_parameters, read_config
from training.runner import RunOptions, RunReport, run_stage
from training.runner.options import RowSelection
from training.runner.recorder import FirstFailure
from training.runner.summary import summary_line
from training.stage import FolderStage, SinkStage, SourceStage, Stage
from training.stages import STAGES, find_stage

PROGRAM = "python -m training"
CANNOT_RUN = 2
INTERRUPTED = 130
MAX_ROW_NUMBERS = 1_000_000

USAGE = f"""usage: {PROGRAM} STAGE [INPUT …] -o OUT [--parameter VALUE …]
       {PROGRAM} STAGE --help
       {PROGRAM} stages
       {PROGRAM} convert IN.jsonl|FOLDER|FILE.md … -o OUT.jsonl|FOLDER
       {PROGRAM} recipe FILE.yaml"""


def main(arguments: Sequence[str]) -> int:
    """Run what ``arguments`` say; errors become one line."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if arguments else CANNOT_RUN
    command, rest = arguments[0], arguments[1:]
    try:
        _check_unicode(arguments)
        if command == "stages":
            return _list_stages()
        if command == "convert":
            return _run_stage(_converter(rest), rest)
        if command == "recipe":
            from training.recipe_runs import recipe_command

            return recipe_command(rest)
        return _run_stage(find_stage(command), rest)
    except FirstFailure as error:
        print(f"{command}: stopped at {error}", file=sys.stderr)
        return 1
    except TrainingError as error:
        print(f"{command}: {error}", file=sys.stderr)
        return CANNOT_RUN
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CANNOT_RUN
    except KeyboardInterrupt:
        print(f"{command}: interrupted; run it again to go on", file=sys.stderr)
        return INTERRUPTED


def _check_unicode(arguments: Sequence[str]) -> None:
    """What is not, could not be written down in a manifest. Raises ``RunError``."""
    for place, argument in enumerate(arguments, start=1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise RunError(f"argument {place} is no text in UTF-8") from None


def _list_stages() -> int:
    width = max(map(len, STAGES))
    for name in STAGES:
        try:
            summary = find_stage(name).summary
        except RunError as error:
            summary = f"({error})"
        print(f"{name:{width}}  {summary}")
    return 0


def _converter(rest: Sequence[str]) -> Stage:
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    finder.add_argument("-o", "--output", type=Path, default=Path("folder"))
    return converter_for(finder.parse_known_args(rest)[0].output)


def _run_stage(stage: Stage, rest: Sequence[str]) -> int:
    arguments = stage_parser(stage).parse_args(rest)
    values = read_config(arguments.config) if arguments.config else {}
    config = build_config(stage.config, values | given_parameters(arguments, stage.config))
    options = _options(arguments, stage)
    inputs = getattr(arguments, "inputs", [])
    report = run_stage(stage, config, inputs, arguments.output, options)
    tell(stage.name, report)
    return report.exit_code


def tell(name: str, report: RunReport) -> None:
    """The end of a run, on standard error."""
    for remark in report.remarks:
        print(remark, file=sys.stderr)
    print(f"{name}: {summary_line(report)}", file=sys.stderr)


def stage_parser(stage: Stage) -> argparse.ArgumentParser:
    """The options of ``stage``: how it is run, and its parameters."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} {stage.name}", description=stage.summary, allow_abbrev=False
    )
    if isinstance(stage, FolderStage):
        parser.add_argument("inputs", nargs=1, metavar="FOLDER", help="The folder to read.")
    elif not isinstance(stage, SourceStage):
        help = ".jsonl, .jsonl.zst, .md, a folder of .md files, or - for standard input."
        parser.add_argument("inputs", nargs="+", metavar="INPUT", help=help)
    is_folder = isinstance(stage, FolderStage | SinkStage)
    kind = "FOLDER" if is_folder else "FILE"
    parser.add_argument("-o", "--output", type=Path, required=True, metavar=kind, help="Result.")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="Parameters, as YAML or JSON; options win."
    )
    _add_run_options(parser, stage)
    add_parameters(parser, stage.config)
    return parser


def _add_run_options(parser: argparse.ArgumentParser, stage: Stage) -> None:
    group = parser.add_argument_group("run")
    options = RunOptions.model_fields
    group.add_argument("--force", action="store_true", help=options["force"].description)
    if isinstance(stage, FolderStage):
        return
    selection = RowSelection.model_fields
    group.add_argument("--rows", metavar="N[-M],…", help=selection["rows"].description)
    group.add_argument("--name", metavar="PART", help=selection["name"].description)
    for name in ("offset", "limit"):
        group.add_argument(f"--{name}", type=int, metavar="N", help=selection[name].description)
    group.add_argument("--failfast", action="store_true", help=options["failfast"].description)
    if isinstance(stage, SinkStage):
        return
    group.add_argument("--jobs", type=int, metavar="N", help=options["jobs"].description)
    executors, failed = ("local", "ray"), ("skip", "keep")
    group.add_argument("--executor", choices=executors, help=options["executor"].description)
    group.add_argument("--failed", choices=failed, help=options["failed"].description)


def _options(arguments: argparse.Namespace, stage: Stage) -> RunOptions:
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    selection = {name: given[name] for name in RowSelection.model_fields if name in given}
    if "rows" in selection:
        selection["rows"] = row_numbers(selection["rows"])
    run = {name: given[name] for name in RunOptions.model_fields if name in given}
    run["keeps_manifest"] = not isinstance(stage, FolderStage)
    try:
        return RunOptions(selection=RowSelection(**selection), **run)
    except ValueError:
        raise RunError("--offset, --limit and --jobs take whole numbers from 0 (jobs: 1)") from None


def row_numbers(text: str) -> tuple[int, ...]:
    """``0,4-6`` is rows 0, 4, 5 and 6. Raises ``RunError``."""
    numbers: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise RunError(f"--rows takes numbers like 0,4-6, not {text!r}")
        start, end = int(first), int(last or first) + 1
        if start >= end:
            raise RunError(f"--rows counts upwards, not as in {text!r}")
        if len(numbers) + end - start > MAX_ROW_NUMBERS:
            raise RunError("--rows names too many rows; use --offset and --limit")
        numbers += range(start, end)
    return tuple(numbers)
