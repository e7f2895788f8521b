"""The thread that hands counts on and lets the controller look, every other second."""

import threading
from contextlib import suppress

import structlog

from rollout import RolloutError
from rollout.controller.controller import Controller
from rollout.health.counts import HealthTable
from server.experiments.meter import HealthMeter
from server.logs import places

STEP_SECONDS = 2.0
STOP_SECONDS = 5.0

log = structlog.get_logger("foretype.rollout")


class Driver:
    """From ``start`` to ``stop``. Without a controller this server only counts."""

    def __init__(
        self, meter: HealthMeter, table: HealthTable, controller: Controller | None
    ) -> None:
        self._meter = meter
        self._table = table
        self._controller = controller
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="foretype-driver", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """A look that takes longer is left to itself: what it decides is taken or refused whole."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.wait(STEP_SECONDS):
            self._guarded()
        self._hand_on()
        if self._controller is not None:
            try:
                self._controller.stop()
            except RolloutError:
                return  # the lease will end

    def _guarded(self) -> None:
        """One step that fails must not end the others."""
        try:
            self._hand_on()
            if self._controller is not None:
                self._controller.step()
        except RolloutError:
            return  # the store does not answer: the follower says so
        except Exception as error:
            log.error("rollout step", exception=type(error).__qualname__, places=places(error))

    def _hand_on(self) -> None:
        """What the store cannot take is lost: a minute that nobody saw proves nothing."""
        for minute, counts in self._meter.take().items():
            with suppress(RolloutError):
                self._table.add(minute, counts)
