"""From the tokens that another process sends to chunks of an answer, and what they cost."""

import time
from collections.abc import Collection, Sequence

from model.engine import Chunk, FinishReason, GenerationRequest, GenerationStats, Phase
from model.text_stream import TextStream
from model.tokenizer import Tokenizer


class AnswerStream:
    """One request's answer as it comes. What the other process knows of its cost may be set."""

    def __init__(
        self, request: GenerationRequest, tokenizer: Tokenizer, end_tokens: Collection[int]
    ) -> None:
        self.num_cached = self.num_drafted = self.num_accepted = 0
        self.queue_seconds = 0.0
        self._request = request
        self._tokenizer = tokenizer
        self._end_tokens = end_tokens
        self._text = TextStream(request.stop)
        self._submitted = time.monotonic()
        self._first_token: float | None = None
        self._num_generated = self._num_steps = 0

    def push(self, tokens: Sequence[int], finish: FinishReason | None) -> Chunk:
        """The chunk of a step's new tokens; the last one at an end token or a stop string."""
        self._num_steps += 1
        self._first_token = self._first_token or time.monotonic()
        texts: list[str] = []
        for taken, token in enumerate(tokens):
            if token in self._end_tokens:
                return self.end("".join(texts), tuple(tokens[:taken]), FinishReason.STOP)
            self._num_generated += 1
            texts.append(self._text.push(self._tokenizer.decode((token,))))
            if self._text.is_stopped:
                return self.end("".join(texts), tuple(tokens[: taken + 1]), FinishReason.STOP)
        if finish is None:
            return Chunk("".join(texts), tuple(tokens))
        return self.end("".join(texts), tuple(tokens), finish)

    def end(self, text: str, tokens: tuple[int, ...], finish: FinishReason) -> Chunk:
        """The last chunk, with what was held back before."""
        now = time.monotonic()
        first_token = self._first_token or now
        stats = GenerationStats(
            num_prompt_tokens=len(self._request.prompt_tokens),
            num_cached_tokens=self.num_cached,
            num_generated_tokens=self._num_generated,
            num_steps=self._num_steps,
            num_draft_tokens=self.num_drafted,
            num_accepted_tokens=self.num_accepted,
            queue_seconds=self.queue_seconds,
            prefill_seconds=max(0.0, first_token - self._submitted - self.queue_seconds),
            decode_seconds=now - first_token,
        )
        phase = Phase.DECODE if self._num_steps else Phase.PREFILL
        return Chunk(text + self._text.finish(), tokens, finish, stats, phase)
