"""Generations under way and answers just given, so that no question is put to the model twice.

At temperature 0 the same prompt has the same answer from the same model. Who asks is part of the
question: nobody learns from a quick answer what another user's editor has asked.
"""

import asyncio
import hashlib
import time
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from cachetools import TTLCache

from model import Chunk, Completion, Engine, FinishReason, GenerationRequest, GenerationStats
from prediction import complete
from server.predictions.responders import Responder
from server.predictions.values import Source
from server.sessions import SessionsConfig

Watch = Callable[[Chunk], None]


class Generation:
    """One answer in the making, ``text`` so far, and how many wait for it."""

    def __init__(self, engine: Engine, request: GenerationRequest, key: bytes) -> None:
        self.key = key
        self.num_waiting = 0
        self.text = ""
        self.tokens: list[int] = []
        self._watches: list[Watch] = []
        self._more = asyncio.Event()
        self._task = asyncio.ensure_future(complete(engine, request, self._see))
        self._task.add_done_callback(lambda _task: self._more.set())

    async def result(self, deadline: float | None, watch: Watch) -> Completion:
        """The answer, or that ``deadline`` has passed; ``watch`` sees the chunks to come."""
        self._watches.append(watch)
        seconds = None if deadline is None else max(0.0, deadline - time.monotonic())
        await asyncio.wait({self._task}, timeout=seconds)
        if self._task.done():
            return self._task.result()
        return Completion("", (), FinishReason.DEADLINE, GenerationStats())

    async def result_if(
        self, is_possible: Callable[[str], bool], deadline: float
    ) -> Completion | None:
        """The answer; None if it fails, and as soon as its text so far is not possible."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                while is_possible(self.text) and not self._task.done():
                    self._more.clear()
                    await self._more.wait()
        return self._whole() if is_possible(self.text) else None

    async def end(self) -> Completion | None:
        """Cancel what still runs, which leaves the engine idle; the answer if it is whole."""
        self._task.cancel()
        await asyncio.wait({self._task})
        return self._whole()

    def _whole(self) -> Completion | None:
        """The answer if it is there; whoever waited for it has seen the error if it failed."""
        if not self._task.done() or self._task.cancelled() or self._task.exception():
            return None
        return self._task.result()

    def _see(self, chunk: Chunk) -> None:
        self.text += chunk.text
        self.tokens.extend(chunk.tokens)
        for watch in self._watches:
            watch(chunk)
        self._more.set()


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that was given before."""

    completion: Completion

    @property
    def tokens(self) -> tuple[int, ...]:
        return self.completion.tokens

    async def result(self, _deadline: float | None, _watch: Watch) -> Completion:
        """The answer; the model has nothing to do."""
        return self.completion


class Generations:
    """The generations of all engines, and their latest answers within bounds.

    ``on_abandoned`` is told how many tokens were generated for an answer that nobody waited for.
    """

    def __init__(self, config: SessionsConfig, on_abandoned: Callable[[int], object]) -> None:
        self._on_abandoned = on_abandoned
        self._running: dict[bytes, Generation] = {}
        self._given: TTLCache[bytes, Completion] = TTLCache(
            maxsize=config.max_answers, ttl=config.answer_seconds
        )

    @asynccontextmanager
    async def ask(
        self, by: Responder, request: GenerationRequest
    ) -> AsyncIterator[tuple["Generation | Given", Source]]:
        """The answer to wait for, by one who answers, and where it comes from.

        It is begun, or joined, before the first ``await``. What nobody waits for any longer is
        cancelled.
        """
        key = _key(by, request)
        given = self._given.get(key)
        if given is not None:
            yield Given(given), Source.REPEATED
            return
        generation = self._running.get(key)
        source = Source.MODEL if generation is None else Source.SHARED
        if generation is None:
            generation = self._running[key] = Generation(by.engine, request, key)
        async with self.join(generation):
            yield generation, source

    @asynccontextmanager
    async def join(self, generation: Generation) -> AsyncIterator[None]:
        """Keep alive what another request has begun; joined before the first ``await``."""
        generation.num_waiting += 1
        try:
            yield
        finally:
            generation.num_waiting -= 1
            if not generation.num_waiting:
                del self._running[generation.key]
                completion = await generation.end()
                if completion is None:
                    self._on_abandoned(len(generation.tokens))
                elif completion.finish_reason is not FinishReason.DEADLINE and self._given.maxsize:
                    self._given[generation.key] = completion


def _key(by: Responder, request: GenerationRequest) -> bytes:
    """Names everything that the answer depends on, and who asks."""
    facts = (
        by.arm.release,
        by.model_version,
        request.tenant,
        request.adapter,
        request.max_tokens,
        request.stop,
        request.sampling,
        request.num_open_tokens,
    )
    digest = hashlib.blake2b(repr(facts).encode(errors="surrogatepass"), digest_size=16)
    digest.update(array("Q", request.prompt_tokens).tobytes())
    return digest.digest()
