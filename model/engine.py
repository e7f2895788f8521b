"""The engine protocol: tokens in, a cancellable stream of text and tokens out.

An engine knows nothing of prompts, editors or users. What it is told per request is data, never a
callable, so that an engine in another process can serve the same protocol.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from model.tokenizer import Tokenizer


class FinishReason(StrEnum):
    """Why a generation ended."""

    STOP = "stop"
    """A stop string or the model's end-of-text token; neither is part of the text."""
    LENGTH = "length"
    """``max_tokens`` were generated."""
    DEADLINE = "deadline"
    """The request's deadline passed; the text so far is incomplete."""


class Phase(StrEnum):
    """Where a request is in its engine."""

    QUEUE = "queue"
    PREFILL = "prefill"
    DECODE = "decode"


@dataclass(frozen=True, slots=True)
class Sampling:
    """Greedy at temperature 0; else softmax sampling from ``seed``."""

    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class DraftSources:
    """Token sequences the output is likely to repeat; the drafter proposes from them."""

    reference: tuple[int, ...] = ()
    """The region being rewritten."""
    transferred: tuple[int, ...] = ()
    """The same region, the user's latest edits made in the rest of it, too."""
    previous: tuple[int, ...] = ()
    """What was answered to the session's last keystroke."""
    prediction: tuple[int, ...] = ()
    """What the client says that it expects."""


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One generation. ``session_key`` names the cache of earlier tokens to reuse; empty: none.

    ``deadline`` is an instant of ``time.monotonic()`` in seconds. ``stop`` strings are left out of
    the text. ``draft`` changes how many steps the answer takes, never the answer.

    ``num_open_tokens`` of the prompt, its last ones, may be chosen anew among tokens that spell the
    same bytes, which are no part of the text either; an engine that cannot takes them as they are.

    ``adapter`` names one that was loaded at run time; empty: the model as it was started.

    ``tenant`` is whose requests may share cached prompts; an engine that serves several keeps the
    caches of one from telling another, by their speed, what was asked.
    """

    prompt_tokens: tuple[int, ...]
    max_tokens: int
    stop: tuple[str, ...] = ()
    sampling: Sampling = field(default_factory=Sampling)
    session_key: str = ""
    deadline: float | None = None
    draft: DraftSources = field(default_factory=DraftSources)
    num_open_tokens: int = 0
    tenant: str = ""
    adapter: str = ""

    @property
    def fixed_tokens(self) -> tuple[int, ...]:
        """The prompt without its open tokens, but never nothing."""
        return self.prompt_tokens[: max(1, len(self.prompt_tokens) - self.num_open_tokens)]

    @property
    def open_tokens(self) -> tuple[int, ...]:
        """The rest of the prompt."""
        return self.prompt_tokens[len(self.fixed_tokens) :]

    def __post_init__(self) -> None:
        if not self.prompt_tokens or self.max_tokens < 1:
            raise ValueError("a generation needs a prompt token and room for one token")


@dataclass(frozen=True, slots=True)
class GenerationStats:
    """What one generation cost. Times in seconds; ``num_cached_tokens`` were not read again.

    ``num_steps`` are the forward passes that chose tokens.
    """

    num_prompt_tokens: int = 0
    num_cached_tokens: int = 0
    num_generated_tokens: int = 0
    num_steps: int = 0
    num_draft_tokens: int = 0
    num_accepted_tokens: int = 0
    queue_seconds: float = 0.0
    prefill_seconds: float = 0.0
    decode_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one engine step added to the answer; the last chunk carries the end and its cost.

    The first chunk is empty and of phase prefill: the request has left the queue.

    ``text`` holds whole characters and may lag behind ``tokens`` while a stop string is possible.
    ``tokens`` are all that were generated, a stop string's too, but not the end-of-text token.
    """

    text: str
    tokens: tuple[int, ...]
    finish_reason: FinishReason | None = None
    stats: GenerationStats | None = None
    phase: Phase = Phase.DECODE


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer: every chunk's text joined."""

    text: str
    tokens: tuple[int, ...]
    finish_reason: FinishReason
    stats: GenerationStats


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Identity and limits of the model an engine serves."""

    name: str
    version: str
    max_context_tokens: int


@dataclass(frozen=True, slots=True)
class ModelCard:
    """How a released model was trained, and evaluated, to be asked. Limits count tokens.

    ``typed_line``: whether it was shown the line being typed in the edit history, too.
    """

    prompt_format: str
    max_prompt_tokens: int
    max_output_tokens: int
    temperature: float = 0.0
    typed_line: bool = True


class Engine(Protocol):
    """A language model that answers token prompts."""

    @property
    def card(self) -> ModelCard | None:
        """Known before the start; None for a model that was trained for no format of ours."""
        ...

    @property
    def info(self) -> ModelInfo:
        """Known once started; before, it may raise ``EngineUnavailable``."""
        ...

    @property
    def tokenizer(self) -> Tokenizer:
        """Known once started, like ``info``. Safe to call from any thread."""
        ...

    @property
    def is_idle(self) -> bool:
        """No request is running or waiting."""
        ...

    async def start(self) -> None:
        """Get ready to generate. Raises ``ModelFilesError`` or ``EngineUnavailable``."""
        ...

    async def stop(self) -> None:
        """Cancel what runs, then free everything. Idempotent."""
        ...

    def generate(self, request: GenerationRequest) -> AsyncGenerator[Chunk, None]:
        """Stream the answer; closing the iterator cancels within one engine step.

        Raises ``PromptTooLong``, ``EngineOverloaded`` or ``EngineUnavailable`` at the first chunk.
        """
        ...
