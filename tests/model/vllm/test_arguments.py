"""Settings become vLLM's arguments in one place: for this process and for its server alike."""

import json

import pytest

from model import DraftSources, ModelConfig, VllmConfig
from model.vllm.arguments import (
    LOGGING,
    ServedFolder,
    engine_arguments,
    environment,
    server_flags,
)
from model.vllm.draft_arguments import from_arguments, to_arguments

SERVED = ServedFolder("/models/student", "student", 4096)


def test_the_server_gets_every_argument_of_the_engine() -> None:
    config = VllmConfig(max_loras=2, quantization="fp8", enforce_eager=True, num_draft_tokens=8)
    arguments = engine_arguments(SERVED, ModelConfig(), config)
    flags = server_flags(SERVED, ModelConfig(), config)
    for name, value in arguments.items():
        flag = "--" + name.replace("_", "-")
        assert flag in flags, name
        given = flags[flags.index(flag) + 1] if value is not True else "true"
        expected = json.dumps(value) if isinstance(value, dict | bool) else str(value)
        assert given == (str(value[0]) if isinstance(value, list) else expected)


def test_without_drafts_adapters_or_quantization_nothing_is_said_of_them() -> None:
    arguments = engine_arguments(SERVED, ModelConfig(), VllmConfig(num_draft_tokens=0))
    assert not {"speculative_config", "worker_extension_cls", "enable_lora", "quantization"} & set(
        arguments
    )
    assert "--middleware" not in server_flags(SERVED, ModelConfig(), VllmConfig(num_draft_tokens=0))


def test_latency_is_measured_below_what_a_keystroke_has() -> None:
    buckets = engine_arguments(SERVED, ModelConfig(), VllmConfig())["custom_histogram_buckets"]
    assert all(min(bounds) <= 0.02 for bounds in buckets.values())


def test_vllm_tells_nobody() -> None:
    assert environment(VllmConfig(cpu_kv_cache_gib=3)) == {
        "HF_HUB_OFFLINE": "1",
        "VLLM_CPU_KVCACHE_SPACE": "3",
        "VLLM_LOGGING_CONFIG_PATH": str(LOGGING),
        "VLLM_NO_USAGE_STATS": "1",
    }


def test_draft_sources_arrive_as_they_were_sent() -> None:
    sources = DraftSources(reference=(1, 2), previous=(3,))
    arguments = to_arguments(sources)
    assert arguments == {"draft_reference": [1, 2], "draft_previous": [3]}
    assert from_arguments(json.loads(json.dumps(arguments)), 10) == sources
    assert from_arguments(None, 10) == DraftSources()


@pytest.mark.parametrize("tokens", ["abc", [1, "2"], [True], [-1], [3, 10], 7])
def test_draft_sources_that_are_no_tokens_of_the_model_are_left_out(tokens: object) -> None:
    assert from_arguments({"draft_reference": tokens}, 10) == DraftSources()
