"""The next answer, generated while the user still looks at this one: for the state after accepting.

One at a time in a process, begun only when no engine has anything else to do, and given up at the
next request unless that one asks for it.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from model import Engines
from server.logs import places

log = structlog.get_logger("foretype.predictions")

PAUSE_SECONDS = 0.25
"""Longer than the gap between two keystrokes: who types on does not accept."""


class Prefetcher:
    """Runs what is asked ahead of time."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._task: asyncio.Task[None] | None = None

    def begin(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do ``work`` after a pause, instead of what was begun before."""
        self.give_up()
        self._task = asyncio.create_task(self._after_pause(work))

    def give_up(self) -> None:
        """Cancel what was begun; whoever has joined its generation keeps that."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _after_pause(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await asyncio.sleep(PAUSE_SECONDS)
            if self._engines.is_idle:
                await work()
        except Exception as error:
            # Nobody has asked yet; whoever does will be told. The message may quote user code.
            log.warning("prefetch failed", exception=type(error).__qualname__, at=places(error))
