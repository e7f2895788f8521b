"""``python -m rollout``: look at experiments and change them by hand, and try their policy out.

    status                             every experiment, its stage and share
    plan FILE                          what a document would change, or why it would be refused
    apply FILE                         put it in force
    start | promote | approve | hold | resume | rollback EXPERIMENT
    kill                               roll back everything that runs
    run --log FOLDER                   look at them and move them, as a server with the log does
    history                            who did what, why, and by which numbers
    simulate [FILE EXPERIMENT]         the policy over synthetic users: errors and days

All but ``simulate`` want ``--store``, the address that the servers have. Exit status 1: refused; 2:
it could not be done.
"""

import argparse
import getpass
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from prompt_format import FORMATS
from rollout.controller.controller import LEASE_SECONDS, Controller
from rollout.controller.evidence import LogEvidence
from rollout.desk import Action, RolloutDesk, Wish
from rollout.errors import RefusedChange, RolloutError, StoreUnavailable
from rollout.experiments.catalogue import Catalogue
from rollout.experiments.document import (
    ArmChanges,
    ExperimentSpec,
    RolloutDocument,
    Treatment,
    read_document,
)
from rollout.experiments.state import RolloutState
from rollout.health.opening import LateHealthTable
from rollout.judge.judgement import HOUR_SECONDS
from rollout.simulation.population import Population
from rollout.simulation.report import draw, table
from rollout.simulation.scenarios import simulate
from rollout.store.opening import open_store

STEP_SECONDS = 2.0
ACTIONS = {
    "start": Action.START,
    "promote": Action.PROMOTE,
    "approve": Action.APPROVE,
    "hold": Action.HOLD,
    "resume": Action.RESUME,
    "rollback": Action.ROLL_BACK,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
        return 0
    except StoreUnavailable as error:
        print(f"rollout: {error}", file=sys.stderr)
        return 2
    except RolloutError as error:
        print(f"rollout: refused: {error}", file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(f"rollout: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _status(options: argparse.Namespace) -> None:
    _show(_desk(options).state())


def _plan(options: argparse.Namespace) -> None:
    for line in _desk(options).plan(_read(options.document)) or ["nothing but the version"]:
        print(line)


def _apply(options: argparse.Namespace) -> None:
    _show(_desk(options).apply(_read(options.document), options.actor, _reasons(options)))


def _act(options: argparse.Namespace) -> None:
    action, reasons = ACTIONS[options.name], _reasons(options)
    wish = Wish(action, options.experiment, options.actor, reasons, options.treatment)
    _show(_desk(options).carry_out(wish))


def _kill(options: argparse.Namespace) -> None:
    desk = _desk(options)
    for spec, _progress in desk.state().live():
        with suppress(RefusedChange):  # somebody else has just taken it back
            desk.carry_out(Wish(Action.ROLL_BACK, spec.key, options.actor, _reasons(options)))
    _show(desk.state())


def _history(options: argparse.Namespace) -> None:
    for entry in reversed(_desk(options).history(options.lines)):
        time = entry.time.isoformat(timespec="seconds")
        print(f"{time}  {entry.revision}  {entry.actor}  {entry.action}  {entry.experiment}")
        for reason in entry.reasons:
            print(f"    {reason}")


def _run(options: argparse.Namespace) -> None:
    """For servers that share a log: beside ``python -m eventlog collect``."""
    store = open_store(options.store)
    controller = Controller(
        store,
        RolloutDesk(store, Catalogue(FORMATS)),
        LogEvidence(options.log, options.objective_ms / 1000, options.mature_seconds),
        LateHealthTable(options.store),
        holder=f"{socket.gethostname()}-{secrets.token_hex(4)}",
        look_seconds=options.look_hours * HOUR_SECONDS,
        lease_seconds=options.lease_seconds,
    )
    try:
        while True:
            try:
                controller.step()
            except StoreUnavailable as error:
                print(f"rollout: {error}", file=sys.stderr)
            time.sleep(STEP_SECONDS)
    finally:
        with suppress(StoreUnavailable):
            controller.stop()


def _simulate(options: argparse.Namespace) -> None:
    spec = _spec(options)
    population = Population(num_users=options.users, num_days=options.days)
    rows = []
    for row in simulate(population, spec.demands, spec.stages, options.runs, options.workers):
        rows.append(row)
        print(f"{row.scenario}: {row.judge}: done", file=sys.stderr)
    print(table(rows))
    if options.output is not None:
        for path in draw(rows, options.output):
            print(path, file=sys.stderr)


def _show(state: RolloutState) -> None:
    print(f"revision {state.revision}, document version {state.version}")
    for spec in () if state.document is None else state.document.experiments:
        progress = state.of(spec.key)
        words = [spec.key, progress.status.replace("_", " ")]
        if progress.status.is_live:
            words.append(f"stage {progress.stage + 1} of {len(spec.stages)}")
            words.append(f"{spec.stages[progress.stage]:.0%} of the users for each treatment")
        if progress.since is not None:
            words.append(f"since {progress.since.isoformat(timespec='seconds')}")
        print("  " + ", ".join(words))
    changed = state.stable.model_dump_json(exclude_none=True)
    if changed != "{}":
        print(f"  promoted for everybody: {changed}")


def _desk(options: argparse.Namespace) -> RolloutDesk:
    return RolloutDesk(open_store(options.store), Catalogue(FORMATS))


def _reasons(options: argparse.Namespace) -> list[str]:
    return [options.reason] if options.reason else []


def _spec(options: argparse.Namespace) -> ExperimentSpec:
    if options.document is None:
        treatment = Treatment(key="treatment", changes=ArmChanges())
        return ExperimentSpec(key="example", salt="example", treatments=(treatment,))
    spec = _read(options.document).experiment(options.experiment or "")
    if spec is None:
        raise ValueError(f"{options.document} has no experiment {options.experiment}")
    return spec


def _read(path: Path) -> RolloutDocument:
    return read_document(path.read_text())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rollout", description="Experiments by hand.")
    commands = parser.add_subparsers(required=True, dest="name")

    def command(
        name: str, run: Callable[[argparse.Namespace], None], text: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text)
        added.set_defaults(command=run)
        if run is not _simulate:
            added.add_argument("--store", required=True, help="redis://…, or a file")
        if run not in (_simulate, _status, _plan, _history, _run):
            added.add_argument("--actor", default=getpass.getuser(), help="who, for the record")
            added.add_argument("--reason", default="", help="why, for the record")
        return added

    command("status", _status, "every experiment, its stage and share")
    for name, run, text in (
        ("plan", _plan, "what a document would change"),
        ("apply", _apply, "put a document in force"),
    ):
        command(name, run, text).add_argument("document", type=Path)
    for name, action in ACTIONS.items():
        acts = command(name, _act, f"{action.replace('_', ' ')} an experiment")
        acts.add_argument("experiment")
        acts.add_argument("--treatment", help="the one for everybody, or to be rolled back alone")
    command("kill", _kill, "roll back everything that runs")
    command("history", _history, "who did what, and why").add_argument(
        "-n", "--lines", type=int, default=30
    )
    drives = command("run", _run, "look at experiments and move them")
    drives.add_argument("--log", type=Path, required=True, help="the event log's folder")
    drives.add_argument("--look-hours", type=float, default=24.0)
    drives.add_argument("--objective-ms", type=int, default=300, help="slower answers are slow")
    drives.add_argument(
        "--mature-seconds", type=float, default=610.0, help="age at which predictions are judged"
    )
    drives.add_argument(
        "--lease-seconds",
        type=float,
        default=LEASE_SECONDS,
        help="so long nobody leads after a leader was killed; a look should not take longer",
    )
    runs = command("simulate", _simulate, "the policy over synthetic users")
    runs.add_argument("document", type=Path, nargs="?", help="else an experiment of defaults")
    runs.add_argument("experiment", nargs="?", help="of the document")
    runs.add_argument("--runs", type=int, default=100, help="ramps for each scenario")
    runs.add_argument("--users", type=int, default=20_000)
    runs.add_argument("--days", type=int, default=42, help="a look a day")
    runs.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    runs.add_argument("-o", "--output", type=Path, help="a folder for pictures")
    return parser


if __name__ == "__main__":
    # As Ctrl-C does: whoever leads lets go, and another one leads at once.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
