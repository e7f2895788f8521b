"""Collects questions into batches, sends them, and hands the answers out.

With ``wait_for_batches`` every row waits for the answer to its own question; a batch leaves when it
is full or no question has come for a while. Without, rows fail as pending, what has gathered leaves
at the end of the run, and the next run finds the answers.
"""

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from training.errors import RowError, RunError
from training.teacher.batch_services import BatchService
from training.teacher.config import EndpointConfig
from training.teacher.errors import AnswerPending, BatchItemFailed, NothingThere
from training.teacher.open_batches import AnswerStore, OpenBatches
from training.teacher.values import Answer, Question

MAX_BATCH_BYTES = 64 << 20
"""Providers refuse batches from 100 MB (Anthropic: 256, OpenAI: 200)."""


class BatchDesk:
    """A source of answers; enter it to collect what earlier runs have sent."""

    def __init__(
        self,
        service: BatchService,
        opened: OpenBatches,
        store: AnswerStore,
        config: EndpointConfig,
    ) -> None:
        self._service = service
        self._opened = opened
        self._store = store
        self._config = config
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._sent: set[str] = set()
        self._queue: dict[str, Question] = {}
        self._queue_bytes = 0
        self._arrived = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._unsent: Exception | None = None

    async def __aenter__(self) -> Self:
        for batch_id in self._opened.ids():
            if await self._is_collected(batch_id):
                continue
            self._sent |= self._opened.keys(batch_id)
            if self._config.wait_for_batches:
                self._start(self._follow(batch_id))
        if self._config.wait_for_batches:
            self._start(self._send_when_idle())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None and not self._config.wait_for_batches:
                self._send()
                await asyncio.gather(*self._tasks)
                if self._unsent is not None:  # no row is left to fail of it
                    raise RunError(f"a batch could not be sent: {self._unsent}")
        finally:
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def ask(self, question: Question) -> Answer:
        """The answer. Raises ``AnswerPending`` where it is not waited for, else as ``Endpoint``."""
        key = question.key
        if key not in self._sent and key not in self._queue:
            self._queue[key] = question
            self._queue_bytes += sum(len(message.text) for message in question.messages)
            self._arrived.set()
            if (
                len(self._queue) >= self._config.batch_requests
                or self._queue_bytes >= MAX_BATCH_BYTES
            ):
                self._send()
        if not self._config.wait_for_batches:
            raise AnswerPending("the answer is in a batch; run again later to collect it")
        if key not in self._waiting:
            self._waiting[key] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(self._waiting[key])

    async def _send_when_idle(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), self._config.batch_idle_seconds)
            except TimeoutError:
                self._send()

    def _send(self) -> None:
        questions = list(self._queue.values())
        self._queue, self._queue_bytes = {}, 0
        if questions:
            self._sent.update(question.key for question in questions)
            self._start(self._submit(questions))

    async def _submit(self, questions: Sequence[Question]) -> None:
        keys = [question.key for question in questions]
        try:
            batch_id = await self._service.submit(questions)
            self._opened.add(batch_id, questions)
        except Exception as error:
            self._unsent = error
            self._fail(keys, error)
            return
        if self._config.wait_for_batches:
            await self._follow(batch_id)

    async def _follow(self, batch_id: str) -> None:
        """Until the batch is done. It stays open, for the next run, if the endpoint fails."""
        try:
            while not await self._collect(batch_id):
                await asyncio.sleep(self._config.poll_seconds)
        except Exception as error:
            self._fail(self._opened.keys(batch_id), error)

    async def _is_collected(self, batch_id: str) -> bool:
        """As ``_collect``; a batch that cannot be asked about is as good as not done."""
        try:
            return await self._collect(batch_id)
        except RowError:
            return False

    async def _collect(self, batch_id: str) -> bool:
        """Whether the batch is done; its answers are kept then, and those who wait have them."""
        try:
            answers = await self._service.answers(batch_id)
        except NothingThere:  # providers keep batches for some weeks only
            answers = {}
        if answers is None:
            return False
        requests: Mapping[str, Mapping[str, Any]] = self._opened.requests(batch_id)
        for key, answer in answers.items():
            if key in requests:
                self._store.put(requests[key], answer.as_json())
        self._opened.remove(batch_id)
        self._sent.difference_update(requests)
        for key in requests:
            future = self._waiting.pop(key, None)
            if future is None or future.done():
                continue
            if key in answers:
                future.set_result(answers[key])
            else:
                future.set_exception(BatchItemFailed("the batch has no answer to this question"))
        return True

    def _fail(self, keys: Sequence[str] | set[str], error: Exception) -> None:
        self._sent.difference_update(keys)
        for key in keys:
            future = self._waiting.pop(key, None)
            if future is not None and not future.done():
                future.set_exception(error)

    def _start(self, coroutine: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
