"""The engine's section of the settings."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ModelConfig(BaseModel):
    """Which engine answers, where its model lies, and what it may use of the machine."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    engine: Literal["embedded", "fake"] = Field(
        default="embedded",
        description="embedded: the model runs in this process; fake: scripted answers, no model.",
    )
    path: Path | None = Field(
        default=None,
        description="Folder of the model's files; unset: the local hub cache, else cache_dir.",
    )
    cache_dir: Path | None = Field(
        default=None,
        description="Where obtained models are kept; unset: foretype in the user's cache folder.",
    )
    precision: Literal["auto", "bfloat16", "float32"] = Field(
        default="auto",
        description="Number format of weights; auto: bfloat16 where the processor computes in it.",
    )
    num_threads: int | None = Field(
        default=None, ge=1, description="Threads that compute; unset: one for each usable core."
    )
    max_context_tokens: int = Field(
        default=8192,
        ge=16,
        description="Longest prompt and answer together, in tokens; the model may allow less.",
    )
    prefill_chunk_tokens: int = Field(
        default=64,
        ge=8,
        le=2048,
        description="Prompt tokens read in one step; a cancelled request waits for one step.",
    )
    kv_cache_tokens: int = Field(
        default=8_192,
        ge=0,
        description="Tokens kept for all sessions together; the least recently used goes first.",
    )
    max_queued_requests: int = Field(
        default=64, ge=1, description="Requests that may wait; further ones are refused."
    )
