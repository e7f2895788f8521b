"""The engine's section of the settings."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

SHIPPED_RELEASE: str | None = "first-student"
"""The release in ``model/releases`` that is served unless something else is asked for."""

BARE = "none"


class ModelConfig(BaseModel):
    """Which engine answers, where its model lies, and what it may use of the machine."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    engine: Literal["embedded", "vllm", "remote", "fake"] = Field(
        default="embedded",
        description="embedded: a small model in this process, on the CPU; vllm: vLLM beside it;"
        " remote: vLLM's servers elsewhere; fake: scripted answers, no model.",
    )
    path: Path | None = Field(
        default=None,
        description="Folder of the model's files; unset: the local hub cache, else cache_dir.",
    )
    preset: str | None = Field(
        default=None,
        description="A published model by its name, for vllm and remote; docs/engines.md lists"
        " them.",
    )
    release: str | None = Field(
        default=None,
        description="Release to serve, by name or path; none: the bare model; unset: the shipped"
        " one, but none with path or adapter.",
    )
    adapter: Path | None = Field(
        default=None, description="Folder of a LoRA adapter to serve without a release."
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

    @property
    def release_name(self) -> str | None:
        """The release to serve; None for a bare model."""
        if self.engine == "fake" or self.release in ("", BARE):
            return None
        if self.release is None and not (self.path or self.adapter or self.preset):
            return SHIPPED_RELEASE
        return self.release

    @model_validator(mode="after")
    def _one_adapter(self) -> "ModelConfig":
        if self.adapter is not None and self.release not in (None, "", BARE):
            raise ValueError("a release has its own adapter; leave adapter unset")
        if self.preset and (self.adapter or self.release not in (None, "", BARE)):
            raise ValueError("a preset is a whole model; leave release and adapter unset")
        if self.preset and self.engine == "embedded":
            raise ValueError(f"{self.preset} is too large for embedded; set engine to vllm")
        return self
