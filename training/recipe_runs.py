"""Runs a recipe: every step once, its output kept under a name made of all that it depends on.

``WORKDIR/store`` holds the outputs, ``STAGE-KEY``; ``WORKDIR/ID`` is a link to the one in use. The
key holds the content of the inputs, so a step whose inputs come out the same is not run again.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from training.errors import RunError
from training.files.fingerprints import Fingerprint
from training.parameters import build_config
from training.recipe import Recipe, Step, filled, in_order, read_recipe
from training.runner import RunOptions, RunReport, run_stage
from training.runner.identity import Identity
from training.runner.manifest import read_manifest
from training.runner.summary import summary_line
from training.stage import FolderStage, SinkStage, SourceStage, Stage, StageConfig
from training.stages import find_stage

KEY_DIGITS = 16
STORE = "store"


@dataclass(frozen=True, slots=True)
class Planned:
    """A step with its stage, known to exist."""

    step: Step
    stage: Stage

    @property
    def makes_folder(self) -> bool:
        return isinstance(self.stage, SinkStage | FolderStage)

    @property
    def ending(self) -> str:
        return "" if self.makes_folder else ".jsonl"


@dataclass(slots=True)
class Done:
    """What has come out of the steps so far."""

    outputs: dict[str, Path] = field(default_factory=dict)
    known: dict[str, Fingerprint] = field(default_factory=dict)
    num_failed: int = 0


def recipe_command(arguments: Sequence[str]) -> int:
    """``recipe FILE.yaml``: 0 all rows are fine, 1 some failed. Raises ``RunError``."""
    parser = argparse.ArgumentParser(
        prog="python -m training recipe", description="Runs a whole experiment.", allow_abbrev=False
    )
    parser.add_argument("file", type=Path, metavar="FILE.yaml")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="VARIABLE=VALUE",
        help="Another value for a variable. May be given several times.",
    )
    parser.add_argument("--workdir", type=Path, metavar="FOLDER", help="Instead of the recipe's.")
    parser.add_argument("--until", metavar="STEP", help="Only this step and what it uses.")
    parser.add_argument("--check", action="store_true", help="Check the recipe and run nothing.")
    parser.add_argument("--jobs", type=int, metavar="N", help="As for single stages.")
    parser.add_argument("--executor", choices=("local", "ray"), default="local")
    given = parser.parse_args(arguments)
    recipe = read_recipe(given.file, _changes(given.set))
    if given.workdir is not None:
        recipe = recipe.model_copy(update={"workdir": given.workdir})
    plan = plan_of(recipe, given.until)
    if given.check:
        for planned in plan:
            print(f"{planned.step.id}: {planned.stage.name}")
        return 0
    if given.jobs is not None and given.jobs < 1:
        raise RunError("--jobs takes a number from 1")
    return run_recipe(recipe, plan, jobs=given.jobs, executor=given.executor)


def plan_of(recipe: Recipe, until: str | None = None) -> list[Planned]:
    """The steps in order, everything about them checked that can be before they run.

    Raises ``RunError`` for unknown stages, parameters, names, missing files and circles.
    """
    steps = in_order(recipe)
    if until is not None:
        steps = _needed(recipe, steps, until)
    plan = [Planned(step, _stage_of(step)) for step in steps]
    by_id = {planned.step.id: planned for planned in plan}
    places = {planned.step.id: _link(recipe, planned) for planned in plan}
    links = list(places.values())
    for planned in plan:
        if links.count(places[planned.step.id]) > 1:
            raise RunError(f"several steps are to be {places[planned.step.id]}")
        _check_inputs(recipe, planned, by_id)
        _config_of(recipe, planned, places)
    return plan


def run_recipe(
    recipe: Recipe, plan: Sequence[Planned], *, jobs: int | None = None, executor: str = "local"
) -> int:
    """Run what is not up to date; the exit code. Raises ``RunError`` at a step that cannot go on,
    or of which too many rows fail."""
    done = Done(known=_known_files(recipe))
    for number, planned in enumerate(plan, start=1):
        print(f"[{number}/{len(plan)}] {planned.step.id}", file=sys.stderr, flush=True)
        report = _run_step(recipe, planned, done, jobs, executor)
        for remark in report.remarks:
            print(f"  {remark}", file=sys.stderr)
        print(f"  {summary_line(report)}", file=sys.stderr, flush=True)
        counts = report.counts
        if counts.num_failed > recipe.max_failed_rate * counts.num_in:
            raise RunError(
                f"step {planned.step.id}: {counts.num_failed} of {counts.num_in} rows failed, more"
                f" than max_failed_rate {recipe.max_failed_rate} allows"
            )
        done.num_failed += counts.num_failed
    return 1 if done.num_failed else 0


def _known_files(recipe: Recipe) -> dict[str, Fingerprint]:
    """Files that earlier runs have read and that have not changed since."""
    known: dict[str, Fingerprint] = {}
    for path in (recipe.workdir / STORE).glob("*.manifest.json"):
        manifest = read_manifest(path.with_name(path.name.removesuffix(".manifest.json")))
        for each in (*manifest.inputs, *manifest.parameter_files) if manifest else ():
            if each.is_current(Path(each.path)):
                known[each.path] = each
    return known


def _run_step(
    recipe: Recipe, planned: Planned, done: Done, jobs: int | None, executor: str
) -> RunReport:
    step, stage = planned.step, planned.stage
    config = _config_of(recipe, planned, done.outputs)
    options = RunOptions(jobs=jobs, executor="local" if planned.makes_folder else executor)
    values = recipe.values(done.outputs)
    inputs = [str(done.outputs.get(name) or filled(name, values)) for name in step.inputs]

    def place(identity: Identity) -> Path:
        name = f"{stage.name}-{identity.key[:KEY_DIGITS]}{planned.ending}"
        return recipe.workdir / STORE / name

    try:
        report = run_stage(stage, config, inputs, place, options, done.known)
    except RunError as error:
        raise RunError(f"step {step.id}: {error}") from error
    done.outputs[step.id] = report.out
    done.known[str(report.out)] = report.output
    _point(_link(recipe, planned), report.out)
    return report


def _config_of(recipe: Recipe, planned: Planned, outputs: Mapping[str, Path]) -> StageConfig:
    values = filled(planned.step.parameters, recipe.values(outputs))
    try:
        return build_config(planned.stage.config, values)
    except RunError as error:
        raise RunError(f"step {planned.step.id}: {error}") from None


def _stage_of(step: Step) -> Stage:
    try:
        return find_stage(step.stage)
    except RunError as error:
        raise RunError(f"step {step.id}: {error}") from error


def _check_inputs(recipe: Recipe, planned: Planned, by_id: Mapping[str, Planned]) -> None:
    step, stage = planned.step, planned.stage
    if isinstance(stage, SourceStage) and step.inputs:
        raise RunError(f"step {step.id}: {stage.name} takes no inputs")
    if not isinstance(stage, SourceStage) and not step.inputs:
        raise RunError(f"step {step.id}: {stage.name} needs inputs")
    if isinstance(stage, FolderStage) and len(step.inputs) != 1:
        raise RunError(f"step {step.id}: {stage.name} takes one folder")
    for name in step.inputs:
        used = by_id.get(name)
        if used is None:
            file = filled(name, recipe.values({}))
            if "${" not in file and not Path(file).exists():
                raise RunError(f"step {step.id}: {name!r} is no step and no file")
        elif used.makes_folder != isinstance(stage, FolderStage):
            made, wanted = ("a folder", "rows") if used.makes_folder else ("rows", "a folder")
            raise RunError(f"step {step.id}: {name} makes {made}, {stage.name} reads {wanted}")


def _needed(recipe: Recipe, steps: Sequence[Step], until: str) -> list[Step]:
    by_id = {step.id: step for step in steps}
    if until not in by_id:
        raise RunError(f"there is no step {until!r}; steps are: {', '.join(by_id)}")
    wanted, found = [until], set[str]()
    while wanted:
        id = wanted.pop()
        if id not in found:
            found.add(id)
            wanted += recipe.references(by_id[id])
    return [step for step in steps if step.id in found]


def _link(recipe: Recipe, planned: Planned) -> Path:
    name = planned.step.output or planned.step.id
    return recipe.workdir / (name if name.endswith(planned.ending) else name + planned.ending)


def _point(link: Path, target: Path) -> None:
    """``link`` leads to ``target``, from one moment to the next."""
    if link.exists() and not link.is_symlink():
        raise RunError(f"{link} is in the way of a link to the step's output")
    unfinished = link.with_name(f".{link.name}.new")
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(target.relative_to(link.parent))
    unfinished.replace(link)


def _changes(given: Sequence[str]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise RunError(f"--set takes VARIABLE=VALUE, not {each!r}")
        try:
            changes[name] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise RunError(f"--set {name}: the value is no YAML; put quotes around text") from None
    return changes
