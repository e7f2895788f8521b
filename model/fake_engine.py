"""A deterministic engine without a model: scripted answers through the true interface.

For tests of what stands above an engine, and for measuring what a server adds to one.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeAlias

from model.byte_tokenizer import ByteTokenizer
from model.engine import (
    Chunk,
    FinishReason,
    GenerationRequest,
    GenerationStats,
    ModelCard,
    ModelInfo,
    Phase,
)
from model.errors import EngineError, EngineOverloaded, EngineUnavailable
from model.limits import check_fits
from model.text_stream import TextStream

NUM_RECORDED = 256
"""Requests that a fake engine remembers; older ones are forgotten."""


@dataclass(frozen=True, slots=True)
class FakeAnswer:
    """``text`` is generated, then ``error`` raised if there is one."""

    text: str = ""
    error: EngineError | None = None


Script: TypeAlias = Callable[[GenerationRequest], str | FakeAnswer] | Sequence[str | FakeAnswer]
"""A function of the request, or answers in turn, of which the last is given ever after."""


@dataclass(frozen=True, slots=True)
class FakePace:
    """How fast a fake engine is. ``step_tokens`` 0: the whole answer is one step."""

    step_tokens: int = 0
    step_seconds: float = 0.0
    prefill_seconds: float = 0.0


class FakeEngine:
    """Answers by script; without one it repeats the reference, as if nothing were to be changed.

    Remembers the latest ``requests`` and, of these, the ``cancelled`` ones. More than ``capacity``
    requests at once are refused.
    """

    def __init__(
        self,
        script: Script = (),
        pace: FakePace | None = None,
        *,
        capacity: int | None = None,
        max_context_tokens: int = 8192,
        tokenizer: ByteTokenizer | None = None,
        card: ModelCard | None = None,
        version: str = "1",
    ) -> None:
        self._script = script
        self._pace = pace or FakePace()
        self._capacity = capacity
        self._tokenizer = tokenizer or ByteTokenizer()
        self._card = card
        self._info = ModelInfo("fake", version, max_context_tokens)
        self._is_started = False
        self._num_running = 0
        self._num_answered = 0
        self.requests: deque[GenerationRequest] = deque(maxlen=NUM_RECORDED)
        self.cancelled: deque[GenerationRequest] = deque(maxlen=NUM_RECORDED)

    @property
    def card(self) -> ModelCard | None:
        return self._card

    @property
    def info(self) -> ModelInfo:
        return self._info

    @property
    def tokenizer(self) -> ByteTokenizer:
        return self._tokenizer

    @property
    def is_idle(self) -> bool:
        """No request is running."""
        return self._num_running == 0

    async def start(self) -> None:
        self._is_started = True

    async def stop(self) -> None:
        self._is_started = False

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[Chunk, None]:
        self._admit(request)
        self._num_running += 1
        is_complete = False
        try:
            async with aclosing(self._steps(request)) as steps:
                async for chunk in steps:
                    is_complete = chunk.finish_reason is not None
                    yield chunk
        except Exception:
            is_complete = True
            raise
        finally:
            self._num_running -= 1
            if not is_complete:
                self.cancelled.append(request)

    def _admit(self, request: GenerationRequest) -> None:
        if not self._is_started:
            raise EngineUnavailable("the engine is not started")
        check_fits(request, self._info.max_context_tokens)
        if self._capacity is not None and self._num_running >= self._capacity:
            raise EngineOverloaded(f"{self._num_running} requests are running")
        self.requests.append(request)

    def _answer(self, request: GenerationRequest) -> FakeAnswer:
        if callable(self._script):
            answer = self._script(request)
        elif self._script:
            answer = self._script[min(self._num_answered, len(self._script) - 1)]
        else:
            answer = self._tokenizer.decode(request.draft.reference).decode(errors="replace")
        self._num_answered += 1
        return FakeAnswer(answer) if isinstance(answer, str) else answer

    async def _steps(self, request: GenerationRequest) -> AsyncGenerator[Chunk, None]:
        started = time.monotonic()
        answer = self._answer(request)
        tokens = self._tokenizer.encode(answer.text)
        yield Chunk("", (), phase=Phase.PREFILL)
        await asyncio.sleep(self._pace.prefill_seconds)
        prefilled = time.monotonic()
        text = TextStream(request.stop)
        size = self._pace.step_tokens or max(1, len(tokens))
        done = num_steps = 0
        while True:
            if num_steps or self._pace.step_seconds:
                await asyncio.sleep(self._pace.step_seconds)
            if not self._is_started:
                raise EngineUnavailable("the engine was stopped")
            step = tokens[done : min(done + size, request.max_tokens)]
            done += len(step)
            num_steps += 1
            new = text.push(bytes(step))
            finish = _finish_reason(request, text.is_stopped, done, len(tokens))
            if finish is None:
                yield Chunk(new, step)
                continue
            if answer.error is not None:
                raise answer.error
            now = time.monotonic()
            stats = GenerationStats(
                num_prompt_tokens=len(request.prompt_tokens),
                num_generated_tokens=done,
                num_steps=num_steps,
                prefill_seconds=prefilled - started,
                decode_seconds=now - prefilled,
            )
            yield Chunk(new + text.finish(), step, finish, stats)
            return


def _finish_reason(
    request: GenerationRequest, is_stopped: bool, num_generated: int, num_answer: int
) -> FinishReason | None:
    if is_stopped:
        return FinishReason.STOP
    if num_generated >= num_answer:
        return FinishReason.STOP
    if num_generated >= request.max_tokens:
        return FinishReason.LENGTH
    if request.deadline is not None and time.monotonic() >= request.deadline:
        return FinishReason.DEADLINE
    return None
