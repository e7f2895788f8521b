"""Types passages against a server: keys come at their times, whether or not answers do."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.replay.calling import Server
from benchmarks.replay.keystroke import Keystroke
from benchmarks.replay.pace import Pace
from benchmarks.replay.passage import Passage
from benchmarks.replay.protocols.base import SUPERSEDED
from benchmarks.replay.shares import Shares
from benchmarks.replay.typist import Typist

NOTICE_SECONDS = 0.3
"""How long an offer must be in sight before it is taken; an assumption."""
STAGGER_SECONDS = 0.37
"""Typists do not begin together."""


@dataclass(frozen=True, slots=True)
class Replay:
    """All keys of a run. ``client_seconds`` is processor time of the client."""

    keys: tuple[Keystroke, ...]
    num_keys_without: int
    wall_seconds: float
    client_seconds: float


async def replay(server: Server, shares: Shares, pace: Pace, accepts: bool = True) -> Replay:
    """Each of ``shares`` is typed by a typist of its own, all at once."""
    wall, processor = time.perf_counter(), time.process_time()
    hands = [Hands(server, f"typist-{at}", pace, accepts) for at in range(len(shares))]
    await asyncio.gather(
        *(
            each.type(passages, at * STAGGER_SECONDS)
            for at, (each, passages) in enumerate(zip(hands, shares, strict=True))
        )
    )
    return Replay(
        keys=tuple(key for each in hands for key in each.keys),
        num_keys_without=sum(passage.num_keys for passages in shares for passage in passages),
        wall_seconds=time.perf_counter() - wall,
        client_seconds=time.process_time() - processor,
    )


class Hands:
    """One typist at one editor window."""

    def __init__(self, server: Server, session: str, pace: Pace, accepts: bool) -> None:
        self.keys: list[Keystroke] = []
        self._server = server
        self._session = session
        self._pace = pace
        self._accepts = accepts
        self._asking: set[asyncio.Task[None]] = set()

    async def type(self, passages: Sequence[Passage], after_seconds: float) -> None:
        """Type all passages, the first one after some seconds."""
        await asyncio.sleep(after_seconds)
        for passage in passages:
            await self._type(passage)
            if self._asking:
                await asyncio.wait(self._asking)

    async def _type(self, passage: Passage) -> None:
        loop = asyncio.get_running_loop()
        typist = Typist(passage, NOTICE_SECONDS)
        due, last = loop.time(), None
        while (slot := typist.next_slot) is not None:
            due += self._pace.seconds_before(passage.name, slot, typist.pressed.get(slot, 0))
            await asyncio.sleep(due - loop.time())
            key = Keystroke(pressed_at=loop.time(), lateness=loop.time() - due)
            if last is not None:
                last.gap = key.pressed_at - last.pressed_at
            self._press(typist, key)
            last = key

    def _press(self, typist: Typist, key: Keystroke) -> None:
        key.is_accepted = self._accepts and typist.accepts(key.pressed_at)
        if key.is_accepted:
            typist.accept()
        else:
            typist.press()
        self.keys.append(key)
        if self._server.protocol.client_closes:
            for task in self._asking:
                task.cancel()
        task = asyncio.create_task(self._ask(typist, key))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask(self, typist: Typist, key: Keystroke) -> None:
        """An answer that comes after the next key is not shown."""
        answer = await self._server.ask(typist.state(), self._session, key)
        if answer and answer.outcome != SUPERSEDED and self.keys[-1] is key:
            key.is_right = typist.show(answer.text, asyncio.get_running_loop().time())
