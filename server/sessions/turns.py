"""One prediction per session at a time: the newest. Everything older is cancelled at once."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TypeVar

from model import Phase

T = TypeVar("T")


class CancelCause(StrEnum):
    """Who no longer wants a prediction."""

    SUPERSEDED = "superseded"
    DISCONNECTED = "disconnected"


class Superseded(Exception):
    """A newer request of the session took this one's turn."""


class Turn:
    """A session's right to a prediction until a newer request takes it; ``phase`` is its state."""

    def __init__(self) -> None:
        self.phase = Phase.QUEUE
        self._superseded = False
        self._work: asyncio.Task[object] | None = None

    def supersede(self) -> None:
        """Take the turn away: the work under way is cancelled, work to come does not start."""
        self._superseded = True
        if self._work is not None:
            self._work.cancel()

    async def run(self, work: Coroutine[object, object, T]) -> T:
        """Await ``work``. Raises ``Superseded`` as soon as the turn is taken away."""
        if self._superseded:
            work.close()
            raise Superseded
        task = asyncio.ensure_future(work)
        self._work = task
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if self._superseded and not (current and current.cancelling()):
                raise Superseded from None
            raise
        finally:
            self._work = None


class Turns:
    """Who has the turn in each session that has a prediction under way."""

    def __init__(self) -> None:
        self._holders: dict[str, Turn] = {}

    @contextmanager
    def take(self, session_key: str) -> Iterator[Turn]:
        """Hold the session's turn for a ``with`` block; without a session there is no rival."""
        turn = Turn()
        if not session_key:
            yield turn
            return
        if older := self._holders.get(session_key):
            older.supersede()
        self._holders[session_key] = turn
        try:
            yield turn
        finally:
            if self._holders.get(session_key) is turn:
                del self._holders[session_key]
