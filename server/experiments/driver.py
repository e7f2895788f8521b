"""Hands counts on, and lets the controller guard and look, every other second."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from rollout import RolloutError
from rollout.controller.controller import Controller
from rollout.controller.loop import Loop
from rollout.health.counts import HealthTable
from server.experiments.meter import HealthMeter
from server.logs import places

GUARD, LOOK = "rollout-guard", "rollout-look"

log = structlog.get_logger("foretype.rollout")


class Driver:
    """From ``start`` to ``stop``. Without a controller this server only counts.

    ``clock`` is that of ``meter``: which minutes are over is one question.
    """

    def __init__(
        self,
        meter: HealthMeter,
        table: HealthTable,
        controller: Controller | None,
        clock: Callable[[], float],
    ) -> None:
        self._meter = meter
        self._table = table
        self._controller = controller
        self._clock = clock
        self._loops = [Loop(GUARD, self._guard, _report)]
        if controller is not None:
            self._loops.append(Loop(LOOK, lambda: controller.look(self._now()), _report))

    def start(self) -> None:
        for loop in self._loops:
            loop.start()

    def stop(self) -> None:
        """A look that takes longer is left to itself: what it decides is taken or refused whole."""
        for loop in self._loops:
            loop.stop()
        try:
            self._hand_on()
        except RolloutError as error:
            _report(GUARD, error)
        if self._controller is not None:
            with suppress(RolloutError):  # the lease will end
                self._controller.stop()

    def _guard(self) -> None:
        try:
            self._hand_on()
        finally:
            if self._controller is not None:
                self._controller.guard(self._now())

    def _hand_on(self) -> None:
        """What the store cannot take is lost: a minute that nobody saw proves nothing.

        Raises the first ``RolloutError`` when every minute was tried.
        """
        errors = []
        for minute, counts in self._meter.take().items():
            try:
                self._table.add(minute, counts)
            except RolloutError as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _report(loop: str, error: Exception) -> None:
    """Our own errors with their words, which quote nothing."""
    reason = str(error) if isinstance(error, RolloutError) else ""
    log.error(
        "rollout step",
        loop=loop,
        exception=type(error).__qualname__,
        reason=reason,
        places=places(error),
    )
