"""The settings of vLLM: what it may use of the machine, and how it batches and drafts."""

from pydantic import BaseModel, ConfigDict, Field


class VllmConfig(BaseModel):
    """For the engine in this process and for ``python -m server.vllm`` alike.

    Which model, its precision and its longest context are settings of ``ModelConfig``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gpu_memory_utilization: float = Field(
        default=0.9, gt=0, le=1, description="Share of a GPU's memory to use."
    )
    tensor_parallel_size: int = Field(
        default=1, ge=1, description="GPUs that share one copy of the model."
    )
    max_num_seqs: int = Field(default=64, ge=1, description="Requests computed at the same time.")
    max_num_batched_tokens: int = Field(
        default=2048,
        ge=64,
        description="Tokens read in one step; a cancelled or newer request waits for one step.",
    )
    block_size: int = Field(
        default=32,
        ge=1,
        description="Tokens of a block of the prefix cache, which keeps whole blocks only.",
    )
    num_draft_tokens: int = Field(
        default=32, ge=0, le=256, description="Longest draft checked in one step; 0: no drafts."
    )
    quantization: str | None = Field(
        default=None, description="vLLM's quantization method, fp8 for example; unset: none."
    )
    max_loras: int = Field(
        default=0, ge=0, description="Adapters served at the same time; 0: none can be loaded."
    )
    max_lora_rank: int = Field(default=64, ge=1, description="Largest rank of an adapter.")
    enforce_eager: bool = Field(
        default=False, description="Compile nothing: starts sooner, computes slower."
    )
    cpu_kv_cache_gib: int = Field(
        default=1, ge=1, description="Memory for cached prompts where vLLM computes on the CPU."
    )
    host: str = Field(default="127.0.0.1", description="Address that vLLM's own server listens on.")
    port: int = Field(
        default=8100, ge=0, le=65535, description="Port that vLLM's own server listens on."
    )
