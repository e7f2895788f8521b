"""Experiments looked at and changed by people."""

import argparse
import getpass
import os
from pathlib import Path

from prompt_format import FORMATS
from rollout.cli.showing import entry_lines, state_lines
from rollout.desk import Action, RolloutDesk, Wish
from rollout.experiments.catalogue import Catalogue
from rollout.experiments.document import RolloutDocument, read_document
from rollout.store.opening import open_store


def status(options: argparse.Namespace) -> None:
    desk = _desk(options)
    _print(state_lines(desk.state(), desk.noted_last()))


def plan(options: argparse.Namespace) -> None:
    document = read(options.document)
    _print(_desk(options).plan(document) or ["nothing but the version"])
    _print(_unchecked(document))


def apply(options: argparse.Namespace) -> None:
    document, desk = read(options.document), _desk(options, may_make=True)
    _print(state_lines(desk.apply(document, _actor(options), _reasons(options))))
    _print(_unchecked(document))


def act(options: argparse.Namespace) -> None:
    wish = Wish(
        Action(options.name),
        options.experiment,
        _actor(options),
        _reasons(options),
        options.treatment,
        to=options.to,
    )
    _print(state_lines(_desk(options).carry_out(wish)))


def kill(options: argparse.Namespace) -> None:
    _print(state_lines(_desk(options).kill(_actor(options), _reasons(options))))


def history(options: argparse.Namespace) -> None:
    for entry in reversed(_desk(options).history(options.lines)):
        _print(entry_lines(entry))


def read(path: Path) -> RolloutDocument:
    """Raises ``InvalidDocument`` and ``OSError``."""
    return read_document(path.read_text())


def _desk(options: argparse.Namespace, *, may_make: bool = False) -> RolloutDesk:
    """Of a store that is there: a mistyped name is none."""
    return RolloutDesk(open_store(options.store, may_make=may_make), Catalogue(FORMATS))


def _unchecked(document: RolloutDocument) -> list[str]:
    """What only servers can tell, which have the models' folders."""
    treatments = (each for spec in document.experiments for each in spec.treatments)
    releases = {each.changes.release for each in treatments if each.changes.release is not None}
    return [
        f"release {release}: servers check it when they load it; GET /v1/models says what keeps"
        " them from it"
        for release in sorted(releases)
    ]


def _actor(options: argparse.Namespace) -> str:
    """Who is asked for, else the user, whom a container may know by number only."""
    try:
        return str(options.actor or getpass.getuser())
    except (KeyError, OSError):
        return str(os.getuid())


def _reasons(options: argparse.Namespace) -> list[str]:
    return [options.reason] if options.reason else []


def _print(lines: list[str]) -> None:
    for line in lines:
        print(line)
