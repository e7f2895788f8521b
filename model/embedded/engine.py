"""The engine protocol in this process: one thread computes, the event loop only passes messages."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator
from concurrent.futures import Future

from model.config import ModelConfig
from model.embedded.jobs import Job, JobQueue
from model.embedded.loading import LoadedModel
from model.embedded.memory import give_back
from model.embedded.worker import work
from model.engine import (
    Chunk,
    FinishReason,
    GenerationRequest,
    GenerationStats,
    ModelCard,
    ModelInfo,
    Phase,
)
from model.errors import EngineUnavailable
from model.limits import check_fits
from model.tokenizer import Tokenizer
from model.weights import card_of, configured_release


class EmbeddedEngine:
    """Answers one request at a time, the others wait.

    Raises ``ModelFilesError`` if the release that ``config`` names cannot be read.
    """

    def __init__(self, config: ModelConfig) -> None:
        self._config = config
        self._release = configured_release(config)
        self._jobs = JobQueue(config.max_queued_requests)
        self._thread: threading.Thread | None = None
        self._loaded: LoadedModel | None = None
        self._changing = asyncio.Lock()

    @property
    def card(self) -> ModelCard | None:
        return card_of(self._config, self._release)

    @property
    def info(self) -> ModelInfo:
        return self._model.info

    @property
    def tokenizer(self) -> Tokenizer:
        return self._model.tokenizer

    @property
    def is_idle(self) -> bool:
        """No request is running or waiting."""
        return self._jobs.is_idle

    async def start(self) -> None:
        """Load the model, obtaining it first where it is absent. Idempotent."""
        async with self._changing:
            if self._thread is not None:
                return
            self._jobs = JobQueue(self._config.max_queued_requests)
            ready: Future[LoadedModel] = Future()
            arguments = (self._config, self._release, self._jobs, ready)
            thread = threading.Thread(target=work, args=arguments, name="engine", daemon=True)
            thread.start()
            try:
                self._loaded = await asyncio.wrap_future(ready)
            except BaseException:
                self._jobs.close()
                raise
            self._thread = thread

    async def stop(self) -> None:
        async with self._changing:
            thread, self._thread = self._thread, None
            self._loaded = None
            self._jobs.close()
            if thread is not None:
                await asyncio.to_thread(thread.join)
                await asyncio.to_thread(give_back)

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[Chunk, None]:
        self._check(request)
        job = Job(request)
        jobs = self._jobs
        jobs.put(job)
        try:
            try:
                async with asyncio.timeout(_seconds_left(request)):
                    chunk = await job.receive()
            except TimeoutError:
                chunk = _late(job) if jobs.withdraw(job) else await job.receive()
            while True:
                yield chunk
                if chunk.finish_reason is not None:
                    return
                chunk = await job.receive()
        finally:
            jobs.cancel(job)

    @property
    def _model(self) -> LoadedModel:
        if self._loaded is None:
            raise EngineUnavailable("the engine is not started")
        return self._loaded

    def _check(self, request: GenerationRequest) -> None:
        check_fits(request, self._model.info.max_context_tokens)


def _seconds_left(request: GenerationRequest) -> float | None:
    return None if request.deadline is None else max(0.0, request.deadline - time.monotonic())


def _late(job: Job) -> Chunk:
    """The end of a job whose deadline passed while it waited; one that runs ends by itself."""
    stats = GenerationStats(
        num_prompt_tokens=len(job.request.prompt_tokens),
        queue_seconds=time.monotonic() - job.submitted,
    )
    return Chunk("", (), FinishReason.DEADLINE, stats, Phase.QUEUE)
