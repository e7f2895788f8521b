"""The engine of each release that is served beside the model which the server was started with.

What is wanted is brought up one release after the other, and freed once it is not wanted any more.
Whatever goes wrong with one of them is told in ``problems``, and concerns no other.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass

from model.engine import Engine, FinishReason, GenerationRequest, ModelCard
from model.errors import EngineError, EngineUnavailable

BASE = ""
"""Stands for the model that the server was started with."""

RETRY_SECONDS, LONGEST_RETRY_SECONDS = 10.0, 600.0
LEAVING_SECONDS = 65.0
"""Longer than any deadline that a client may set."""
IDLE_CHECK_SECONDS = 0.02
WARM_UP_SECONDS = 60.0
WARM_UP_TOKENS = 8
WARM_UP_TEXT = "def add(a, b):\n    return a"

BuildRelease = Callable[[str], Engine]
"""From a release's name or path to its engine, not yet started. Raises ``EngineError``.

It may be the base engine itself. Called on any thread."""

log = logging.getLogger("foretype.model")


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a release is not served, and when it is tried again."""

    problem: str
    pause: float
    again_at: float


class Engines:
    """``base`` serves from ``start`` to ``stop``, the releases that are wanted as ``keep`` says."""

    def __init__(
        self, base: Engine, build: BuildRelease, *, retry_seconds: float = RETRY_SECONDS
    ) -> None:
        self.base = base
        self._build = build
        self._retry_seconds = retry_seconds
        self._served: dict[str, Engine] = {BASE: base}
        self._wanted: tuple[str, ...] = ()
        self._failures: dict[str, _Failure] = {}
        self._retrying: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    @property
    def served(self) -> Mapping[str, Engine]:
        """What ``of`` gives out, by release."""
        return dict(self._served)

    @property
    def problems(self) -> Mapping[str, str]:
        """Why a release that is wanted is not served. It is tried again from time to time."""
        return {release: failure.problem for release, failure in self._failures.items()}

    @property
    def is_idle(self) -> bool:
        """No request is running or waiting in any engine."""
        return all(engine.is_idle for engine in self._served.values())

    def of(self, release: str) -> Engine | None:
        """The release's engine, once it has answered a warm-up; the base one for ``""``.

        None for a release that is not ready, not wanted, or has failed.
        """
        return self._served.get(release)

    def card_of(self, release: str) -> ModelCard | None:
        """How the release is to be asked, be it served yet or not.

        None for a bare model, and for a release that cannot be read. Reads a small file.
        """
        engine = self.of(release)
        with suppress(EngineError):
            return (engine or self._build(release)).card
        return None

    def problem_of(self, release: str) -> str | None:
        """Why the release could not be served, as far as that shows without loading it."""
        try:
            self._build(release)
        except EngineError as error:
            return str(error)
        return None

    async def start(self) -> None:
        """Start the base engine. Idempotent. Raises what that one does."""
        await self.base.start()

    async def stop(self) -> None:
        """Cancel what runs, then free everything. Idempotent. No ``keep`` may be under way."""
        self._wanted = ()
        retrying, self._retrying = self._retrying, None
        if retrying is not None:
            retrying.cancel()
            with suppress(asyncio.CancelledError):
                await retrying
        self._failures.clear()
        for release in [each for each in self._served if each != BASE]:
            await self._stop(self._served.pop(release))
        await self.base.stop()

    async def keep(self, releases: Collection[str]) -> None:
        """Serve these beside the base, and no others; what failed before waits for its next try.

        Returns when each of them is served or has failed. Raises nothing.
        """
        self._wanted = tuple(dict.fromkeys(release for release in releases if release != BASE))
        await self._settle()

    async def _settle(self) -> None:
        """Free first, for the memory. What is wanted may change meanwhile."""
        async with self._changing:
            for release in [each for each in self._served if not self._is_wanted(each)]:
                await self._free(release)
            for release in [each for each in self._failures if not self._is_wanted(each)]:
                del self._failures[release]
            while (missing := self._next_missing()) is not None:
                await self._load(missing)

    def _is_wanted(self, release: str) -> bool:
        return release == BASE or release in self._wanted

    def _next_missing(self) -> str | None:
        now = time.monotonic()
        for release in self._wanted:
            failure = self._failures.get(release)
            if release not in self._served and (failure is None or failure.again_at <= now):
                return release
        return None

    async def _load(self, release: str) -> None:
        started = time.monotonic()
        engine: Engine | None = None
        try:
            engine = await asyncio.to_thread(self._build, release)
            if engine is not self.base:
                await engine.start()
                await _warm_up(engine)
            version = engine.info.version
        except BaseException as error:
            if engine is not None:
                await self._stop(engine)
            if not isinstance(error, Exception):
                raise
            self._fail(release, error)
        else:
            self._served[release] = engine
            self._failures.pop(release, None)
            seconds = time.monotonic() - started
            log.info("release %s is served: %s, after %.1f s", release, version, seconds)

    def _fail(self, release: str, error: Exception) -> None:
        known = isinstance(error, EngineError)
        problem = str(error) if known else f"loading it failed: {type(error).__name__}"
        before = self._failures.get(release)
        pause = self._retry_seconds if before is None else 2 * before.pause
        pause = min(pause, LONGEST_RETRY_SECONDS)
        self._failures[release] = _Failure(problem, pause, time.monotonic() + pause)
        log.warning("release %s is not served: %s", release, problem)
        if self._retrying is None or self._retrying.done():
            self._retrying = asyncio.create_task(self._retry())

    async def _retry(self) -> None:
        """Until nothing that is wanted fails any more."""
        while self._failures:
            again_at = min(failure.again_at for failure in self._failures.values())
            await asyncio.sleep(max(0.0, again_at - time.monotonic()))
            await self._settle()

    async def _free(self, release: str) -> None:
        """Give it out no longer, and stop it when those who were given it have their answers."""
        engine = self._served.pop(release)
        if engine is self.base:
            return
        try:
            async with asyncio.timeout(LEAVING_SECONDS):
                while not engine.is_idle:
                    await asyncio.sleep(IDLE_CHECK_SECONDS)
        except TimeoutError:
            log.warning("release %s is stopped while requests run", release)
        finally:
            await self._stop(engine)
        log.info("release %s is not served any more", release)

    async def _stop(self, engine: Engine) -> None:
        if engine is self.base:
            return
        try:
            await engine.stop()
        except Exception as error:
            # It is given out to nobody; what others are served goes on.
            log.error("an engine cannot be stopped: %s", type(error).__name__)


async def _warm_up(engine: Engine) -> None:
    """One small generation, so that no user pays for first-time costs."""
    request = GenerationRequest(
        prompt_tokens=engine.tokenizer.encode(WARM_UP_TEXT),
        max_tokens=WARM_UP_TOKENS,
        deadline=time.monotonic() + WARM_UP_SECONDS,
    )
    async with aclosing(engine.generate(request)) as chunks:
        async for chunk in chunks:
            if chunk.finish_reason is FinishReason.DEADLINE:
                raise EngineUnavailable("it did not answer its warm-up in time")
