"""``python -m rollout``: look at experiments and change them by hand, and try their policy out.

    status                             every experiment, its share, and what was noted of it last
    plan FILE                          what a document would change, or why it would be refused
    apply FILE                         put it in force
    start | approve | hold | resume | rollback EXPERIMENT
    promote EXPERIMENT --to SHARE      the next stage; asked for twice, it is made once
    kill                               roll back everything that runs
    run --log FOLDER                   look at them and move them, as a server with the log does
    history                            who did what, why, and by which numbers
    simulate [FILE EXPERIMENT]         the policy over synthetic users: errors and days

All but ``simulate`` want ``--store``, the address that the servers have; a file is made by
``apply`` alone. Exit status 1: refused; 2: it could not be done.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import structlog

from rollout.cli import by_hand
from rollout.cli.running import run
from rollout.cli.simulating import simulate
from rollout.config import MAX_HOURS
from rollout.desk import Action
from rollout.errors import RolloutError, StoreUnavailable
from rollout.judge.judgement import HOUR_SECONDS

ACTIONS = {
    Action.START: "give an experiment its first stage",
    Action.PROMOTE: "give it the next stage",
    Action.APPROVE: "agree to the next stage, for when the numbers allow it",
    Action.HOLD: "leave it where it is",
    Action.RESUME: "let it move again",
    Action.ROLL_BACK: "take it back from whoever has it",
}
MAX_PORT = 65_535
Command = Callable[[argparse.Namespace], None]
Number = TypeVar("Number", int, float)


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


def _number(
    kind: Callable[[str], Number], is_right: Callable[[Number], bool], words: str
) -> Callable[[str], Number]:
    """What reads an option's number, or says which ones it takes."""

    def read(text: str) -> Number:
        try:
            number = kind(text)
        except ValueError:
            number = None
        if number is None or not is_right(number):
            raise argparse.ArgumentTypeError(f"{text!r} is not {words}")
        return number

    return read


_look_hours = _number(
    float, lambda hours: 0.0 < hours <= MAX_HOURS, f"hours: more than 0, {MAX_HOURS:.0f} at most"
)
_objective_ms = _number(int, lambda ms: ms >= 1, "whole milliseconds: 1 or more")
_mature_seconds = _number(
    float,
    lambda seconds: 0.0 <= seconds <= MAX_HOURS * HOUR_SECONDS,
    f"seconds: 0 or more, {MAX_HOURS:.0f} hours at most",
)
_port = _number(int, lambda port: 1 <= port <= MAX_PORT, f"a port: 1 to {MAX_PORT}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rollout", description="Experiments by hand.")
    commands = parser.add_subparsers(required=True, dest="name")
    _add_by_hand(commands)
    _add_run(commands)
    _add_simulate(commands)
    return parser


def _add_by_hand(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    def looks(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text)
        added.set_defaults(command=command)
        added.add_argument("--store", required=True, help="redis://…, or a file")
        return added

    def changes(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        added = looks(name, command, text)
        added.add_argument("--actor", help="who, for the record; else who runs this")
        added.add_argument("--reason", default="", help="why, for the record")
        return added

    looks("status", by_hand.status, "every experiment, its stage and share")
    looks("plan", by_hand.plan, "what a document would change").add_argument("document", type=Path)
    applies = changes("apply", by_hand.apply, "put a document in force")
    applies.add_argument("document", type=Path)
    for action, text in ACTIONS.items():
        acts = changes(action, by_hand.act, text)
        acts.add_argument("experiment")
        acts.add_argument("--treatment", help="the one for everybody, or to be rolled back alone")
        acts.set_defaults(to=None)
        if action is Action.PROMOTE:
            acts.add_argument("--to", type=float, metavar="SHARE", help="of the next stage, as 0.2")
    changes("kill", by_hand.kill, "roll back everything that runs")
    lists = looks("history", by_hand.history, "who did what, and why")
    lists.add_argument("-n", "--lines", type=int, default=30)


def _add_run(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    drives = commands.add_parser("run", help="look at experiments and move them")
    drives.set_defaults(command=run)
    drives.add_argument("--store", required=True, help="redis://…, or a file")
    drives.add_argument("--log", type=Path, required=True, help="the event log's folder")
    drives.add_argument("--look-hours", type=_look_hours, default=24.0)
    drives.add_argument(
        "--objective-ms", type=_objective_ms, default=300, help="slower answers are slow"
    )
    drives.add_argument(
        "--mature-seconds", type=_mature_seconds, default=610.0,
        help="age at which predictions are judged",
    )  # fmt: skip
    drives.add_argument("--metrics-port", type=_port, help="serve /metrics there; unset: nowhere")


def _add_simulate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    runs = commands.add_parser("simulate", help="the policy over synthetic users")
    runs.set_defaults(command=simulate)
    runs.add_argument("document", type=Path, nargs="?", help="else an experiment of defaults")
    runs.add_argument("experiment", nargs="?", help="of the document")
    runs.add_argument("--runs", type=int, default=100, help="ramps for each scenario")
    runs.add_argument("--users", type=int, default=20_000)
    runs.add_argument("--days", type=int, default=42, help="a look a day")
    runs.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    runs.add_argument("-o", "--output", type=Path, help="a folder for pictures")


if __name__ == "__main__":
    # What is printed is the answer; what is logged is not.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    # As Ctrl-C does: whoever leads lets go, and another one leads at once.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
