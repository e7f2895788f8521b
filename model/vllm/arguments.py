"""The one place where settings become vLLM's start arguments, whoever starts it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.config import ModelConfig
from model.vllm.config import VllmConfig

PROPOSER = "model.vllm.proposer.EditProposer"
WORKER_EXTENSION = "model.vllm.proposer.DraftingWorker"
MIDDLEWARE = "model.vllm.binding.BindDrafter"

LOGGING = Path(__file__).with_name("logging.json")
"""Of vLLM's loggers all but one: when it fails, it would log drafts, which are users' code."""

LATENCY_BUCKETS = [
    *(0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75),
    *(1, 2, 5),
]
"""Seconds. vLLM's own begin where an edit prediction is already late."""


@dataclass(frozen=True, slots=True)
class ServedFolder:
    """What vLLM is to serve: a folder, the name by which clients ask for it, and its context."""

    model: str
    name: str
    max_context_tokens: int


def engine_arguments(
    served: ServedFolder, model: ModelConfig, config: VllmConfig
) -> dict[str, Any]:
    """Keyword arguments of vLLM's ``AsyncEngineArgs``."""
    arguments: dict[str, Any] = {
        "model": served.model,
        "served_model_name": [served.name],
        "dtype": model.precision,
        "max_model_len": served.max_context_tokens,
        "gpu_memory_utilization": config.gpu_memory_utilization,
        "tensor_parallel_size": config.tensor_parallel_size,
        "max_num_seqs": config.max_num_seqs,
        "max_num_batched_tokens": config.max_num_batched_tokens,
        "max_num_queued_reqs": model.max_queued_requests,
        "block_size": config.block_size,
        "enable_prefix_caching": True,
        "enable_chunked_prefill": True,
        "enforce_eager": config.enforce_eager,
        "custom_histogram_buckets": {
            "request_latency": LATENCY_BUCKETS,
            "time_to_first_token": LATENCY_BUCKETS,
        },
    }
    if config.quantization:
        arguments["quantization"] = config.quantization
    if config.max_loras:
        arguments |= {
            "enable_lora": True,
            "max_loras": config.max_loras,
            "max_lora_rank": config.max_lora_rank,
        }
    if config.num_draft_tokens:
        arguments |= {
            "speculative_config": {
                "method": "custom_class",
                "model": PROPOSER,
                "num_speculative_tokens": config.num_draft_tokens,
            },
            "worker_extension_cls": WORKER_EXTENSION,
            "per_request_spec_decode_metrics": "summary",
        }
    return arguments


def server_flags(served: ServedFolder, model: ModelConfig, config: VllmConfig) -> list[str]:
    """The same as flags of vLLM's OpenAI server, and what only that one has."""
    flags = []
    for name, value in engine_arguments(served, model, config).items():
        flags += _flag(name, value)
    flags += ["--host", config.host, "--port", str(config.port)]
    flags += ["--enable-prompt-tokens-details"]
    if config.num_draft_tokens:
        flags += ["--middleware", MIDDLEWARE]
    return flags


def environment(config: VllmConfig) -> dict[str, str]:
    """What vLLM reads from its environment: it asks nobody for the model, and tells nobody."""
    adapters = {"VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1"} if config.max_loras else {}
    return adapters | {
        "HF_HUB_OFFLINE": "1",
        "VLLM_CPU_KVCACHE_SPACE": str(config.cpu_kv_cache_gib),
        "VLLM_LOGGING_CONFIG_PATH": str(LOGGING),
        "VLLM_NO_USAGE_STATS": "1",
    }


def _flag(name: str, value: Any) -> list[str]:
    flag = "--" + name.replace("_", "-")
    if isinstance(value, bool):
        return [flag] if value else []
    if isinstance(value, dict):
        return [flag, json.dumps(value)]
    if isinstance(value, list):
        return [flag, *map(str, value)]
    return [flag, str(value)]
