"""Many prompts and samples decoded together by a transformers model, on a CPU or a GPU.

Each prompt is read once, padded on the left; its cache is then copied for its samples. Rows that
have ended leave the batch. What a row draws depends on its own seed only, never on its neighbours.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from model import FinishReason, GenerationRequest
from model.bpe_tokenizer import BpeTokenizer
from model.text_stream import TextStream
from training.student.values import Generation

COMPACT_BELOW_RATE = 0.75
"""Rows are thrown out together, once so few of them still run: each time copies the cache."""


@dataclass(frozen=True, slots=True)
class Work:
    """A prompt and the seeds of its samples."""

    request: GenerationRequest
    seeds: tuple[int, ...]


class Row:
    """One sample in the making."""

    def __init__(self, request: GenerationRequest, seed: int, tokenizer: BpeTokenizer) -> None:
        self.request = request
        self.forced = tokenizer.decode(request.open_tokens)
        self.finish_reason: FinishReason | None = None
        self._tokenizer = tokenizer
        self._random = random.Random(f"{seed}")
        self._stream = TextStream(request.stop)
        self._text = ""
        self._num_tokens = 0
        self._logprob = 0.0
        self._seconds = 0.0

    @property
    def is_running(self) -> bool:
        return self.finish_reason is None

    def draw(self) -> float:
        """The point of the distribution, in [0, 1), that chooses the next token."""
        return self._random.random()

    def accept(self, token: int, logprob: float, is_end: bool, seconds: float) -> None:
        """Take over a token, ``seconds`` after the work began."""
        self._logprob += logprob
        self._seconds = seconds
        if is_end:
            self.finish_reason = FinishReason.STOP
            return
        self._num_tokens += 1
        spelling = self._tokenizer.decode((token,))
        num_forced = min(len(spelling), len(self.forced))
        self.forced = self.forced[num_forced:]
        self._text += self._stream.push(spelling[num_forced:])
        if self._stream.is_stopped:
            self.finish_reason = FinishReason.STOP
        elif self._num_tokens >= self.request.max_tokens:
            self.finish_reason = FinishReason.LENGTH

    def generation(self) -> Generation:
        """The answer. Only for a row that has ended."""
        assert self.finish_reason is not None
        return Generation(
            text=self._text + self._stream.finish(),
            finish_reason=self.finish_reason,
            num_prompt_tokens=len(self.request.prompt_tokens),
            num_tokens=self._num_tokens,
            seconds=self._seconds,
            cumulative_logprob=self._logprob,
        )


class BatchedDecoder:
    """``model`` is any causal language model of transformers, in evaluation mode."""

    def __init__(self, model: Any, tokenizer: BpeTokenizer, end_tokens: frozenset[int]) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._end_tokens = end_tokens
        self._device: torch.device = model.device

    def decode(self, works: Sequence[Work]) -> list[list[Generation]]:
        """The answers to each work; halves the batch where the device's memory does not suffice."""
        try:
            return self._decode(works)
        except torch.OutOfMemoryError:
            if len(works) == 1:
                raise
        torch.cuda.empty_cache()
        middle = len(works) // 2
        return self.decode(works[:middle]) + self.decode(works[middle:])

    @torch.inference_mode()
    def _decode(self, works: Sequence[Work]) -> list[list[Generation]]:
        started = time.monotonic()
        rows = [[Row(work.request, seed, self._tokenizer) for seed in work.seeds] for work in works]
        running = [row for part in rows for row in part]
        copies = [place for place, part in enumerate(rows) for _row in part]
        logits, cache, mask = self._prefill([work.request.fixed_tokens for work in works])
        chosen = torch.tensor(copies, device=self._device)
        logits, mask = logits[chosen], mask[chosen]
        cache.batch_select_indices(chosen)
        while True:
            tokens, logprobs = self._choose(logits, running)
            seconds = time.monotonic() - started
            for row, token, logprob in zip(running, tokens.tolist(), logprobs, strict=True):
                if row.is_running:
                    row.accept(token, logprob, token in self._end_tokens, seconds)
            kept = [place for place, row in enumerate(running) if row.is_running]
            if not kept:
                return [[row.generation() for row in part] for part in rows]
            if len(kept) < COMPACT_BELOW_RATE * len(running):
                chosen = torch.tensor(kept, device=self._device)
                running = [running[place] for place in kept]
                tokens, mask = tokens[chosen], mask[chosen]
                cache.batch_select_indices(chosen)
            mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
            logits = self._forward(tokens[:, None], mask, cache)

    def _prefill(self, prompts: Sequence[Sequence[int]]) -> tuple[Tensor, Any, Tensor]:
        """Logits of the next token [prompts, vocabulary], the cache, and which of it is no pad."""
        from transformers import DynamicCache

        longest = max(map(len, prompts))
        padded = [[0] * (longest - len(prompt)) + list(prompt) for prompt in prompts]
        is_real = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
        cache = DynamicCache(config=self._model.config)
        mask = torch.tensor(is_real, device=self._device)
        return self._forward(torch.tensor(padded, device=self._device), mask, cache), cache, mask

    def _forward(self, tokens: Tensor, mask: Tensor, cache: Any) -> Tensor:
        positions = (mask.cumsum(-1) - 1).clamp(min=0)[:, -tokens.shape[1] :]
        output = self._model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: Tensor = output.logits[:, -1]
        return logits.float()

    def _choose(self, logits: Tensor, rows: Sequence[Row]) -> tuple[Tensor, list[float]]:
        """A token for each row, and its logarithmic probability at temperature 1."""
        logprobs = logits.log_softmax(-1)
        for place, row in enumerate(rows):
            if row.is_running and row.forced:
                self._hold_to_forced(logits[place], row.forced)
        tokens = logits.argmax(-1)
        sampled = [at for at, row in enumerate(rows) if row.request.sampling.temperature > 0]
        if sampled:
            places = torch.tensor(sampled, device=self._device)
            tokens[places] = self._sample(logits[places], [rows[at] for at in sampled])
        chances = logprobs.gather(1, tokens[:, None])[:, 0]
        return tokens, chances.tolist()

    def _hold_to_forced(self, logits: Tensor, forced: bytes) -> None:
        """Leave only tokens possible that spell what the prompt's open tokens spelled."""
        allowed = torch.tensor(self._tokenizer.tokens_along(forced), device=self._device)
        possible = logits[allowed]
        logits.fill_(-torch.inf)
        logits[allowed] = possible

    def _sample(self, logits: Tensor, rows: Sequence[Row]) -> Tensor:
        temperatures = [row.request.sampling.temperature for row in rows]
        heat = torch.tensor(temperatures, dtype=torch.float64, device=self._device)
        points = torch.tensor([row.draw() for row in rows], dtype=torch.float64)
        cumulated = (logits.double() / heat[:, None]).softmax(-1).cumsum(-1)
        wanted = points.to(self._device)[:, None] * cumulated[:, -1:]
        places = torch.searchsorted(cumulated, wanted, right=True)[:, 0]
        return places.clamp(max=logits.shape[-1] - 1)
