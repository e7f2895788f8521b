"""The teacher of a run: questions in, answers out, each paid for once."""

import asyncio
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import httpx

from training.cache import AnswerCache
from training.endpoint_access import base_address, key_in
from training.errors import RunError
from training.teacher.batch_desk import BatchDesk
from training.teacher.batch_services import batch_service
from training.teacher.config import TeacherConfig
from training.teacher.costs import Costs
from training.teacher.endpoint import Endpoint
from training.teacher.errors import AnswerPending
from training.teacher.open_batches import AnswerStore, OpenBatches
from training.teacher.values import Answer, Message, Question


class Source(Protocol):
    """Where an answer comes from that the cache lacks."""

    async def ask(self, question: Question) -> Answer:
        """Raises ``RowError``, or ``RunError`` where no question can be answered."""
        ...


class LiveSource:
    """A call for each question, some at a time."""

    def __init__(self, endpoint: Endpoint, config: TeacherConfig) -> None:
        self._endpoint = endpoint
        self._dialect = config.dialect()
        self._seconds = config.timeout_seconds
        self._places = asyncio.Semaphore(config.num_parallel)

    async def ask(self, question: Question) -> Answer:
        """See ``Source``."""
        async with self._places:
            started = time.monotonic()
            body = await self._endpoint.json(
                "POST",
                self._dialect.path,
                seconds=self._seconds,
                json=self._dialect.body(question),
            )
            seconds = round(time.monotonic() - started, 3)
        answer = self._dialect.read(body)
        return Answer(**{**answer.as_json(), "seconds": seconds})


class Teacher:
    """``source`` behind ``store``. What raises is not kept, and so asked again at the next run."""

    def __init__(
        self, config: TeacherConfig, source: Source, store: AnswerStore, costs: Costs
    ) -> None:
        self._config = config
        self._source = source
        self._store = store
        self._costs = costs
        self._asking: dict[str, asyncio.Future[Answer]] = {}

    def question(
        self, messages: tuple[Message, ...], template: str, repetition: int = 0
    ) -> Question:
        """``messages`` as a question to this teacher."""
        config = self._config
        return Question(
            provider=config.provider or config.api,
            model=config.model,
            messages=messages,
            template=template,
            sampling=config.sampling(),
            repetition=repetition,
        )

    async def ask(self, question: Question) -> Answer:
        """The answer, from the cache if it is there. Raises as ``Source.ask``.

        Whoever asks what is being asked already waits for the same answer.
        """
        kept = self._store.get(question.request())
        if kept is not None:
            self._costs.num_cache_hits += 1
            return Answer(**kept)
        key = question.key
        asking = self._asking.get(key)
        if asking is None:
            asking = asyncio.ensure_future(self._paid(question))
            self._asking[key] = asking
            asking.add_done_callback(lambda _done: self._asking.pop(key, None))
        return await asyncio.shield(asking)

    async def _paid(self, question: Question) -> Answer:
        try:
            answer = await self._source.ask(question)
        except AnswerPending:
            raise
        except Exception:
            self._costs.num_failures += 1
            raise
        self._store.put(question.request(), answer.as_json())
        self._costs.add(answer)
        return answer

    async def stop(self) -> None:
        """Give up what nobody waits for any more."""
        asking = list(self._asking.values())
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def summary(self) -> str:
        """As ``stats``, for a person."""
        return self._costs.line()

    def stats(self) -> dict[str, int]:
        """What this run has cost: calls, tokens, and what the cache saved."""
        return self._costs.as_dict()


@asynccontextmanager
async def open_reporting(config: TeacherConfig) -> AsyncIterator[Teacher]:
    """As ``open_teacher``; on leaving, standard error is told what the run has cost."""
    async with open_teacher(config) as teacher:
        try:
            yield teacher
        finally:
            print(teacher.summary(), file=sys.stderr)


@asynccontextmanager
async def open_teacher(config: TeacherConfig) -> AsyncIterator[Teacher]:
    """The teacher that ``config`` describes. Raises ``RunError`` for a bad address or key."""
    headers = config.dialect().headers(key_in(config.key_env))
    url = base_address(config.base_url)
    limits = httpx.Limits(max_connections=config.num_parallel)
    cache = _cache(config)
    try:
        async with httpx.AsyncClient(
            base_url=url, headers=headers, timeout=config.timeout_seconds, limits=limits
        ) as http:
            costs = Costs()
            endpoint = Endpoint(http, config, costs)
            async with _source(config, endpoint, cache, url) as source:
                teacher = Teacher(config, source, cache, costs)
                try:
                    yield teacher
                finally:
                    await teacher.stop()
    finally:
        cache.close()


@asynccontextmanager
async def _source(
    config: TeacherConfig, endpoint: Endpoint, cache: AnswerCache, url: str
) -> AsyncIterator[Source]:
    if config.mode == "live":
        yield LiveSource(endpoint, config)
        return
    service = batch_service(config.api, endpoint, config.dialect())
    opened = OpenBatches.of_endpoint(config.cache, config.api, url)
    async with BatchDesk(service, opened, cache, config) as desk:
        yield desk


def _cache(config: TeacherConfig) -> AnswerCache:
    try:
        config.cache.parent.mkdir(parents=True, exist_ok=True)
        return AnswerCache(config.cache)
    except (OSError, ValueError, sqlite3.Error) as error:
        raise RunError(f"the cache {config.cache} cannot be opened: {error}") from error
