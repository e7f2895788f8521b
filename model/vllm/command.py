"""How to start vLLM's OpenAI server. Needs no vLLM to be told."""

import sys
from dataclasses import dataclass

from model.config import ModelConfig
from model.vllm.arguments import environment, server_flags
from model.vllm.config import VllmConfig

MODULE = "vllm.entrypoints.openai.api_server"
"""Rather than the program ``vllm``, which the build for CPUs lacks."""


@dataclass(frozen=True, slots=True)
class Command:
    """Program and arguments, and what is to be added to the environment."""

    words: list[str]
    environment: dict[str, str]


def vllm_command(model: ModelConfig, config: VllmConfig) -> Command:
    """Serve what ``model`` names. Raises ``ModelFilesError``."""
    from model.vllm.serving import serving
    from model.weights import configured_release

    served = serving(model, configured_release(model))
    flags = server_flags(served.folder, model, config)
    return Command([sys.executable, "-m", MODULE, *flags], environment(config))
