"""Which teacher is asked, and how: the parameters of every stage with a teacher.

Those marked ``exclude`` change how an answer is obtained, not which: they are no part of a row's
provenance, and a run with other values goes on where an earlier one stopped.
"""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from training.stage import StageConfig
from training.teacher.dialects import AnthropicDialect, Dialect, OpenAiDialect
from training.teacher.values import Sampling

OWN_FIELDS = frozenset({"messages", "model", "stream"})


class EndpointConfig(StageConfig):
    """An endpoint, how often and how patiently it is asked."""

    base_url: str = Field(
        exclude=True, description="Address that /v1/chat/completions or /v1/messages follows."
    )
    key_env: str | None = Field(
        default=None, exclude=True, description="Environment variable that holds the API key."
    )
    mode: Literal["live", "batch"] = Field(
        default="live",
        exclude=True,
        description="live: a call for each question; batch: the provider's batches, cheaper.",
    )
    wait_for_batches: bool = Field(
        default=True,
        exclude=True,
        description="Whether rows wait for their batch; otherwise they fail as answer_pending and"
        " the next run collects what is done.",
    )
    batch_requests: int = Field(default=10_000, ge=1, exclude=True, description="Most per batch.")
    batch_idle_seconds: float = Field(
        default=5.0, gt=0.0, exclude=True, description="A batch is sent when no question came for."
    )
    poll_seconds: float = Field(default=30.0, gt=0.0, exclude=True)
    timeout_seconds: float = Field(default=120.0, gt=0.0, exclude=True, description="Of one call.")
    attempts: int = Field(default=5, ge=1, exclude=True, description="On timeouts, 429 and 5xx.")
    first_wait_seconds: float = Field(default=1.0, ge=0.0, exclude=True)
    longest_wait_seconds: float = Field(
        default=60.0, ge=0.0, exclude=True, description="Also of what Retry-After asks for."
    )
    num_parallel: int = Field(default=32, ge=1, exclude=True, description="Most calls at once.")
    cache: Path = Field(
        default=Path("cache/answers.sqlite"), exclude=True, description="Answers of all runs."
    )


class TeacherConfig(EndpointConfig):
    """The model behind the endpoint, and how its answers are drawn: parts of the cache's key."""

    api: Literal["openai", "anthropic"] = "openai"
    model: str = Field(description="The model's name at the endpoint.")
    provider: str = Field(
        default="",
        description="Who serves the model, where that matters: sets apart models of one name.",
    )
    max_tokens: int = Field(default=4096, ge=1, description="Longest answer.")
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = Field(
        default="max_tokens", exclude=True, description="openai: how the endpoint calls it."
    )
    temperature: float | None = Field(default=None, ge=0.0)
    top_p: float | None = Field(default=None, gt=0.0, le=1.0)
    seed: int | None = Field(
        default=0, description="openai: the repetition is added to it; unset, none is sent."
    )
    extra_body: dict[str, Any] = Field(
        default_factory=dict, description="Further fields of the request, as the endpoint has them."
    )

    @field_validator("extra_body")
    @classmethod
    def _is_no_one_elses(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Values that JSON has, in fields that this package does not fill itself."""
        taken = sorted(OWN_FIELDS & set(given))
        if taken:
            raise ValueError(f"may not hold {', '.join(taken)}")
        json.dumps(given, allow_nan=False)
        return given

    def sampling(self) -> Sampling:
        """How answers are drawn."""
        return Sampling(
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=self.seed if self.api == "openai" else None,
            extra=self.extra_body,
        )

    def dialect(self) -> Dialect:
        """How the endpoint is spoken to."""
        if self.api == "anthropic":
            return AnthropicDialect()
        return OpenAiDialect(self.max_tokens_field)
