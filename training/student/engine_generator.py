"""The engine that serves, in this process: one prompt at a time, read once for its samples."""

import asyncio
import hashlib
from dataclasses import replace

from model import Engine, GenerationRequest, PromptTooLong, Sampling
from prediction import complete
from prompt_format import TokenCounter
from training.errors import InvalidRow
from training.student.requests import request_of
from training.student.values import Ask, Generation


class EngineGenerator:
    """Asks a started engine. It answers one request at a time, so asks wait for their turn here."""

    def __init__(self, engine: Engine, version: str) -> None:
        self._engine = engine
        self._version = version
        self._turn = asyncio.Lock()

    @property
    def version(self) -> str:
        return self._version

    @property
    def max_context_tokens(self) -> int:
        return self._engine.info.max_context_tokens

    @property
    def count(self) -> TokenCounter:
        return self._engine.tokenizer.count

    async def generate(self, ask: Ask) -> list[Generation]:
        """See ``Generator``."""
        session = _digest(ask.rendered.text) if ask.num_samples > 1 else ""
        request = request_of(ask, self._engine.tokenizer, session_key=session)
        answers: list[Generation] = []
        async with self._turn:
            for sample in range(ask.num_samples):
                seed = ask.seed_of(sample)
                sampling = Sampling(temperature=ask.temperature, seed=seed)
                answers.append(await self._answer(replace(request, sampling=sampling)))
        return answers

    async def _answer(self, request: GenerationRequest) -> Generation:
        try:
            completion = await complete(self._engine, request)
        except PromptTooLong as error:
            raise InvalidRow(str(error)) from error
        stats = completion.stats
        return Generation(
            text=completion.text,
            finish_reason=completion.finish_reason,
            num_prompt_tokens=stats.num_prompt_tokens,
            num_tokens=stats.num_generated_tokens,
            seconds=stats.prefill_seconds + stats.decode_seconds,
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
