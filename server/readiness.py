"""Ready means: the model has answered. A warm-up prediction is asked until it has."""

import asyncio
import time
from collections.abc import Callable

import structlog

from model import Engine
from prompt_format import PromptInput
from server.logs import places
from server.metrics import Metrics
from server.predictions import Ask, Caller, PredictionService

WARM_UP_SECONDS = 60.0
RETRY_SECONDS = 1.0
WARM_UP_TEXT = "def add(a, b):\n    return a"

log = structlog.get_logger("foretype.readiness")


class Readiness:
    """Whether predictions are served; ``on_ready`` is called once, when they begin to be."""

    def __init__(self, metrics: Metrics, on_ready: Callable[[], None]) -> None:
        self._is_ready = False
        self._metrics = metrics
        self._on_ready = on_ready

    @property
    def is_ready(self) -> bool:
        return self._is_ready

    async def warm_up(self, engine: Engine, service: PredictionService) -> None:
        """Make one real prediction, so that the first user does not pay for first-time costs."""
        started = time.perf_counter()
        while not self.is_ready:
            try:
                await service.predict(_warm_up_ask())
            except Exception as error:
                # Whatever it is, it is no reason to stay unready in silence for ever.
                log.error("warm-up failed", exception=type(error).__qualname__, at=places(error))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._is_ready = True
                self._metrics.ready.set(1)
                seconds = round(time.perf_counter() - started, 3)
                log.info("ready", model=engine.info.version, warm_up_seconds=seconds)
                self._on_ready()


def _warm_up_ask() -> Ask:
    return Ask(
        request_id="warm-up",
        prompt_input=PromptInput(
            cursor_path="warm_up.py",
            cursor_excerpt=WARM_UP_TEXT,
            cursor_offset_in_excerpt=len(WARM_UP_TEXT),
        ),
        caller=Caller(),
        deadline=time.monotonic() + WARM_UP_SECONDS,
        is_recorded=False,
    )
