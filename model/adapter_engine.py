"""A release served by an engine that is there already: its adapter, on the model of that engine."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from model.config import ModelConfig
from model.engine import Chunk, Engine, GenerationRequest, ModelCard, ModelInfo
from model.tokenizer import Tokenizer
from model.weights import Release, card_of
from model.weights.added import check_can_be_added


@runtime_checkable
class TakesAdapters(Protocol):
    """What loads adapters while requests run; a request names the one that it is for."""

    async def load_adapter(self, name: str, folder: Path) -> None:
        """Raises ``EngineError``."""
        ...

    async def drop_adapter(self, name: str) -> None:
        """Raises ``EngineError``."""
        ...


class AdapterHost(TakesAdapters, Engine, Protocol):
    """An engine that does so."""


class AdapterEngine:
    """Answers by ``host`` with the adapter of ``release``; ``config`` is what made the host.

    It costs no memory here, and on the host that of the adapter. It neither starts nor stops the
    host.
    """

    def __init__(self, host: AdapterHost, release: Release, config: ModelConfig) -> None:
        self._host = host
        self._release = release
        self._config = config
        self._num_running = 0

    @property
    def card(self) -> ModelCard | None:
        return card_of(self._config.model_copy(update={"preset": None}), self._release)

    @property
    def info(self) -> ModelInfo:
        """The version is the one that a release has which was there at the start."""
        record, host = self._release.record, self._host.info
        return ModelInfo(record.name, f"{host.version}+{record.version}", host.max_context_tokens)

    @property
    def tokenizer(self) -> Tokenizer:
        return self._host.tokenizer

    @property
    def is_idle(self) -> bool:
        """No request for the release is running or waiting."""
        return self._num_running == 0

    async def start(self) -> None:
        """Have the host load the adapter. Raises ``ModelFilesError`` if it is for another model."""
        await asyncio.to_thread(check_can_be_added, self._release, self._config)
        await self._host.load_adapter(self._name, self._release.path.absolute())

    async def stop(self) -> None:
        await self._host.drop_adapter(self._name)

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[Chunk, None]:
        self._num_running += 1
        try:
            generation = self._host.generate(replace(request, adapter=self._name))
            async with aclosing(generation) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            self._num_running -= 1

    @property
    def _name(self) -> str:
        """Another one for each version, so that none is taken for the one before."""
        return f"{self._release.record.name}-{self._release.record.version}"
