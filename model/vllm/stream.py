"""From the outputs of vLLM's engine to chunks of an answer."""

import time
from collections.abc import Collection
from typing import Any

from model.engine import Chunk, FinishReason, GenerationRequest, GenerationStats, Phase
from model.text_stream import TextStream
from model.tokenizer import Tokenizer


class AnswerStream:
    """Turns one request's outputs into chunks and counts what they cost."""

    def __init__(
        self, request: GenerationRequest, tokenizer: Tokenizer, end_tokens: Collection[int]
    ) -> None:
        self._request = request
        self._end_tokens = end_tokens
        self._tokenizer = tokenizer
        self._text = TextStream(request.stop)
        self._submitted = time.monotonic()
        self._first_token: float | None = None
        self._num_generated = 0
        self._num_steps = 0
        self._num_cached = 0
        self._queue_seconds = 0.0
        self._num_drafted = self._num_accepted = 0

    def push(self, output: Any) -> Chunk:
        """The chunk of a ``RequestOutput`` whose tokens are new."""
        self._note(output)
        completion = output.outputs[0]
        texts: list[str] = []
        tokens = tuple(completion.token_ids)
        for taken, token in enumerate(tokens):
            if token in self._end_tokens:
                return self._end("".join(texts), tokens[:taken], FinishReason.STOP)
            self._num_generated += 1
            texts.append(self._text.push(self._tokenizer.decode((token,))))
            if self._text.is_stopped:
                return self._end("".join(texts), tokens[: taken + 1], FinishReason.STOP)
        if completion.finish_reason is None:
            return Chunk("".join(texts), tokens)
        is_full = completion.finish_reason == "length"
        finish = FinishReason.LENGTH if is_full else FinishReason.STOP
        return self._end("".join(texts), tokens, finish)

    def late(self) -> Chunk:
        """The end at the deadline."""
        return self._end("", (), FinishReason.DEADLINE)

    def _note(self, output: Any) -> None:
        now = time.monotonic()
        self._num_steps += 1
        self._num_cached = output.num_cached_tokens or self._num_cached
        times = output.metrics
        if self._first_token is None:
            self._first_token = now
            if times is not None and times.scheduled_ts and times.queued_ts:
                self._queue_seconds = max(0.0, times.scheduled_ts - times.queued_ts)
        drafted = output.outputs[0].spec_decode_metrics
        if drafted is not None:
            self._num_drafted = drafted.num_draft_tokens
            self._num_accepted = sum(n * count for n, count in enumerate(drafted.histogram))

    def _end(self, text: str, tokens: tuple[int, ...], finish: FinishReason) -> Chunk:
        now = time.monotonic()
        first_token = self._first_token or now
        stats = GenerationStats(
            num_prompt_tokens=len(self._request.prompt_tokens),
            num_cached_tokens=self._num_cached,
            num_generated_tokens=self._num_generated,
            num_steps=self._num_steps,
            num_draft_tokens=self._num_drafted,
            num_accepted_tokens=self._num_accepted,
            queue_seconds=self._queue_seconds,
            prefill_seconds=max(0.0, first_token - self._submitted - self._queue_seconds),
            decode_seconds=now - first_token,
        )
        phase = Phase.DECODE if self._num_steps else Phase.PREFILL
        return Chunk(text + self._text.finish(), tokens, finish, stats, phase)
