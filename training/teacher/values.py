"""A question to a teacher, and the answer to it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from training.cache import request_key

KEY_VERSION = 1
"""Raised when the same request would mean another answer."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn. Unset values are left to the endpoint.

    ``extra`` are further fields of the request's body, as the endpoint names them.
    """

    max_tokens: int = 4096
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """A conversation that ends with the user's turn.

    ``template`` names template and version that the last turn was made from. ``repetition`` counts
    the answers to one question; it sets them apart, in the cache and as a seed.
    """

    provider: str
    model: str
    messages: tuple[Message, ...]
    template: str
    sampling: Sampling = field(default_factory=Sampling)
    repetition: int = 0

    def request(self) -> dict[str, Any]:
        """All that can change the answer: what the cache knows the question by."""
        return {
            "kind": "teacher",
            "version": KEY_VERSION,
            "provider": self.provider,
            "model": self.model,
            "messages": [asdict(message) for message in self.messages],
            "template": self.template,
            "sampling": {**asdict(self.sampling), "extra": dict(self.sampling.extra)},
            "repetition": self.repetition,
        }

    @property
    def key(self) -> str:
        """64 hexadecimal digits that name the request, for one item of a batch."""
        return request_key(self.request())


@dataclass(frozen=True, slots=True)
class Answer:
    """What the teacher said. ``is_truncated``: the token limit cut it.

    ``num_cached_tokens`` are those of the prompt that the endpoint had in its own cache.
    ``seconds`` is None where a batch answered.
    """

    text: str
    finish_reason: str = ""
    is_truncated: bool = False
    num_prompt_tokens: int = 0
    num_cached_tokens: int = 0
    num_tokens: int = 0
    seconds: float | None = None

    def as_json(self) -> dict[str, Any]:
        """As kept in the cache."""
        return asdict(self)
