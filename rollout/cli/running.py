"""The controller without a server."""

import argparse
import secrets
import socket
import sys
import time
from contextlib import suppress
from functools import partial

from prometheus_client import CollectorRegistry, start_http_server

from prompt_format import FORMATS
from rollout.controller.controller import Controller
from rollout.controller.evidence import LogEvidence
from rollout.controller.loop import Loop
from rollout.controller.metrics import ControllerMetrics
from rollout.desk import RolloutDesk
from rollout.errors import RolloutError, StoreUnavailable
from rollout.experiments.catalogue import Catalogue
from rollout.health.opening import LateHealthTable
from rollout.judge.judgement import HOUR_SECONDS
from rollout.store.late import LateStore
from rollout.store.opening import check_address, open_store

SIGNAL_SECONDS = 1.0
"""So much later at most it ends when it is told to."""


def run(options: argparse.Namespace) -> None:
    """For servers that share a log: beside ``python -m eventlog collect``.

    Waits for a store that is not there yet, and makes none: the name may be mistyped.
    """
    check_address(options.store)
    store = LateStore(partial(open_store, options.store, may_make=False))
    registry = CollectorRegistry()
    controller = Controller(
        store,
        RolloutDesk(store, Catalogue(FORMATS)),
        LogEvidence(options.log, options.objective_ms / 1000, options.mature_seconds),
        LateHealthTable(options.store),
        ControllerMetrics(registry),
        holder=f"{socket.gethostname()}-{secrets.token_hex(4)}",
        look_seconds=options.look_hours * HOUR_SECONDS,
    )
    loops = [Loop("guard", controller.guard, _report), Loop("look", controller.look, _report)]
    if options.metrics_port is not None:
        start_http_server(options.metrics_port, registry=registry)
    try:
        for loop in loops:
            loop.start()
        while True:  # a signal that comes just before the call does not end it
            time.sleep(SIGNAL_SECONDS)
    finally:
        for loop in loops:
            loop.stop()
        with suppress(StoreUnavailable):
            controller.stop()


def _report(loop: str, error: Exception) -> None:
    """Our own errors with their words, which quote nothing."""
    words = str(error) if isinstance(error, RolloutError) else type(error).__qualname__
    print(f"rollout: {loop}: {words}", file=sys.stderr, flush=True)
