"""One request, step by step. Between two steps its owner may stop it, at no cost."""

import time
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from model.bpe_tokenizer import BpeTokenizer
from model.drafting import Drafter, Experience
from model.embedded.kv_cache import KVCache
from model.embedded.llama import Llama
from model.embedded.sampling import choose_tokens
from model.engine import Chunk, FinishReason, GenerationRequest, GenerationStats, Phase
from model.text_stream import TextStream


class Generation:
    """Answers ``request`` on ``cache``, which holds the start of its prompt."""

    def __init__(
        self,
        model: Llama,
        tokenizer: BpeTokenizer,
        request: GenerationRequest,
        cache: KVCache,
        end_tokens: frozenset[int],
        experience: Experience,
        submitted: float,
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._request = request
        self._cache = cache
        self._end_tokens = end_tokens
        self._num_cached = cache.length
        self._experience = experience
        self._drafter = Drafter(request.fixed_tokens, request.draft, experience)
        self._text = TextStream(request.stop)
        self._opened = request.open_tokens
        self._forced = tokenizer.decode(request.open_tokens)
        self._num_generated = self._num_steps = self._num_drafted = self._num_accepted = 0
        self._started = time.monotonic()
        self._queue_seconds = self._started - submitted
        self._first_token: float | None = None

    def steps(self, prefill_chunk_tokens: int) -> Iterator[Chunk]:
        """One chunk for each forward pass, empty while the prompt is read; the last has the end."""
        pending = list(self._request.fixed_tokens[self._cache.length :])
        yield Chunk("", (), phase=Phase.PREFILL)
        while len(pending) > prefill_chunk_tokens:
            if self._is_late():
                yield self._last("", (), FinishReason.DEADLINE)
                return
            self._model.forward(pending[:prefill_chunk_tokens], self._cache, 0)
            del pending[:prefill_chunk_tokens]
            yield Chunk("", (), phase=Phase.PREFILL)
        while True:
            if self._is_late():
                yield self._last("", (), FinishReason.DEADLINE)
                return
            chosen = self._step(pending)
            text, tokens, finish = self._accept(chosen)
            if finish is not None:
                yield self._last(text, tokens, finish)
                return
            yield Chunk(text, tokens)
            pending = chosen[-1:]

    def _step(self, pending: list[int]) -> list[int]:
        """Read ``pending`` and a draft in one pass, then forget the part that was rejected."""
        is_healing = bool(self._forced)
        if is_healing:
            draft, self._opened = self._opened, ()
        else:
            draft = self._drafter.propose(self._request.max_tokens - self._num_generated - 1)
        started = time.monotonic()
        logits = self._model.forward([*pending, *draft], self._cache, 1 + len(draft))
        if is_healing:
            self._hold_to_forced(logits, draft)
        chosen = choose_tokens(logits, draft, self._request.sampling, self._num_generated)
        num_accepted = len(chosen) - 1
        self._cache.truncate(self._cache.length - (len(draft) - num_accepted))
        if len(pending) == 1:
            self._experience.measured_cost.note(len(draft), time.monotonic() - started)
        if is_healing:
            self._drafter.observe(chosen, 0, 0)
        else:
            self._drafter.observe(chosen, len(draft), num_accepted)
            self._num_drafted += len(draft)
            self._num_accepted += num_accepted
        self._num_steps += 1
        self._first_token = self._first_token or time.monotonic()
        return chosen

    @torch.inference_mode()
    def _hold_to_forced(self, logits: Tensor, draft: Sequence[int]) -> None:
        """Leave only those tokens possible that spell what the prompt's open tokens spelled."""
        forced = self._forced
        for row, token in enumerate([*draft, None]):
            if not forced:
                return
            allowed = torch.tensor(self._tokenizer.tokens_along(forced))
            possible = logits[row, allowed]
            logits[row] = -torch.inf
            logits[row, allowed] = possible
            forced = forced[len(self._tokenizer.decode((token,))) :] if token is not None else b""

    def _unforced(self, spelling: bytes) -> bytes:
        """The bytes of a chosen token that are not the prompt's."""
        num_forced = min(len(spelling), len(self._forced))
        self._forced = self._forced[num_forced:]
        return spelling[num_forced:]

    def _accept(self, chosen: list[int]) -> tuple[str, tuple[int, ...], FinishReason | None]:
        """Take over tokens one by one, up to the one that ends the answer."""
        texts: list[str] = []
        for taken, token in enumerate(chosen):
            if token in self._end_tokens:
                return "".join(texts), tuple(chosen[:taken]), FinishReason.STOP
            self._num_generated += 1
            texts.append(self._text.push(self._unforced(self._tokenizer.decode((token,)))))
            if self._text.is_stopped:
                return "".join(texts), tuple(chosen[: taken + 1]), FinishReason.STOP
        is_full = self._num_generated >= self._request.max_tokens
        return "".join(texts), tuple(chosen), FinishReason.LENGTH if is_full else None

    def _is_late(self) -> bool:
        deadline = self._request.deadline
        return deadline is not None and time.monotonic() >= deadline

    def _last(self, text: str, tokens: tuple[int, ...], finish: FinishReason) -> Chunk:
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
            prefill_seconds=first_token - self._started,
            decode_seconds=now - first_token,
        )
        phase = Phase.DECODE if self._num_steps else Phase.PREFILL
        return Chunk(text + self._text.finish(), tokens, finish, stats, phase)
