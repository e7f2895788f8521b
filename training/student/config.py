"""Which student answers, and how: the parameters that every stage with a student has.

Those marked ``exclude`` change how an answer is obtained, not which: they are no part of a row's
provenance, and a run with other values goes on where an earlier one stopped.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from training.observation import ObservationConfig
from training.stage import StageConfig


class ModelChoice(StageConfig):
    """The model that answers, and where it runs."""

    backend: Literal["engine", "transformers", "completions"] = Field(
        default="engine",
        description="engine: the one that serves; transformers: batched, on a GPU where there is"
        " one; completions: an endpoint that speaks /v1/completions.",
    )
    model: Path | None = Field(
        default=None,
        description="Folder of the model; unset, the one that is served. completions: whose"
        " tokenizer counts; unset, tokens are estimated.",
    )
    adapter: Path | None = Field(default=None, description="Folder of a LoRA adapter to add.")
    release: str | None = Field(
        default=None, description="Release to ask, by name or path, instead; none: the bare model."
    )
    precision: Literal["auto", "bfloat16", "float32"] = Field(
        default="auto", description="Number format of weights; auto: what the device is fast in."
    )
    device: str = Field(
        default="auto", exclude=True, description="transformers: auto, cpu, cuda or cuda:N."
    )
    batch_rows: int = Field(
        default=64, ge=1, exclude=True, description="transformers: answers made at once."
    )


class EndpointChoice(ModelChoice):
    """The endpoint of the backend ``completions``."""

    endpoint: str | None = Field(
        default=None, exclude=True, description="Address that /v1/completions follows."
    )
    endpoint_model: str = Field(default="", description="The model's name at the endpoint.")
    endpoint_key_env: str | None = Field(
        default=None, exclude=True, description="Environment variable that holds the API key."
    )
    endpoint_dialect: Literal["vllm", "openai"] = Field(
        default="vllm",
        description="vllm: prompts go as tokens, where model is set, and special tokens come back;"
        " openai: text only, the fields that every endpoint knows.",
    )


class StudentConfig(EndpointChoice, ObservationConfig):
    """A model, what it is shown, and the format it is asked in."""

    prompt_format: str = Field(default="foretype-span", description="Name of a prompt format.")
    max_prompt_tokens: int = Field(default=768, ge=64)
    max_output_tokens: int = Field(default=128, ge=1)
    judge: bool = Field(
        default=True, description="Whether what serving would suppress counts as no edit."
    )
    cache: Path | None = Field(
        default=Path("cache/answers.sqlite"), exclude=True, description="Answers of all runs."
    )
