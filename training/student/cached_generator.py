"""Generations kept between runs: a prompt that was answered once is not asked again.

The key holds all that can change an answer, and nothing that cannot: how the answer is parsed and
judged may change freely.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from model import FinishReason
from prompt_format import TokenCounter
from training.student.protocols import Generator
from training.student.values import Ask, Generation

KEY_VERSION = 1
"""Raised when the same key would mean another answer."""


class AnswerStore(Protocol):
    """What ``training.cache.AnswerCache`` offers."""

    def get(self, request: Mapping[str, Any]) -> dict[str, Any] | None: ...

    def put(self, request: Mapping[str, Any], answer: Mapping[str, Any]) -> None: ...


class CachedGenerator:
    """``generator`` behind ``store``. ``setting`` says how it computes: backend and precision."""

    def __init__(self, generator: Generator, store: AnswerStore, setting: str) -> None:
        self._generator = generator
        self._store = store
        self._setting = setting
        self._num_hits = 0

    @property
    def version(self) -> str:
        return self._generator.version

    @property
    def max_context_tokens(self) -> int:
        return self._generator.max_context_tokens

    @property
    def count(self) -> TokenCounter:
        return self._generator.count

    async def generate(self, ask: Ask) -> list[Generation]:
        """See ``Generator``. What raises is not kept."""
        key = self._key(ask)
        kept = self._store.get(key)
        if kept is not None:
            self._num_hits += 1
            return [_generation(each) for each in kept["generations"]]
        generations = await self._generator.generate(ask)
        self._store.put(key, {"generations": [asdict(each) for each in generations]})
        return generations

    def stats(self) -> dict[str, float]:
        """How many prompts were not asked again."""
        return {"num_cache_hits": self._num_hits}

    def _key(self, ask: Ask) -> dict[str, Any]:
        rendered = ask.rendered
        return {
            "kind": "student",
            "version": KEY_VERSION,
            "model": self._generator.version,
            "setting": self._setting,
            "prompt": rendered.model_input,
            "special_tokens": list(rendered.special_tokens),
            "stop": list(rendered.stop),
            "continues_text": rendered.continues_text,
            "max_tokens": ask.max_tokens,
            "num_samples": ask.num_samples,
            "temperature": ask.temperature,
            "seed": ask.seed,
        }


@contextmanager
def open_store(file: Path | None) -> Iterator[AnswerStore | None]:
    """The answers kept in ``file``, which is made where it is absent; None without a file."""
    if file is None:
        yield None
        return
    from training.cache import AnswerCache  # not needed where nothing is kept

    file.parent.mkdir(parents=True, exist_ok=True)
    cache = AnswerCache(file)
    try:
        yield cache
    finally:
        cache.close()


def _generation(kept: Mapping[str, Any]) -> Generation:
    return Generation(**{**kept, "finish_reason": FinishReason(kept["finish_reason"])})
