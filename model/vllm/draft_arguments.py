"""Draft sources on their way to vLLM's workers: lists of tokens by name.

In this process they travel in ``SamplingParams.extra_args``, over HTTP as ``vllm_xargs``.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from model.engine import DraftSources

PREFIX = "draft_"


def to_arguments(sources: DraftSources) -> dict[str, list[int]]:
    """The sources that there are."""
    named = {field.name: getattr(sources, field.name) for field in fields(sources)}
    return {PREFIX + name: list(tokens) for name, tokens in named.items() if tokens}


def from_arguments(arguments: Mapping[str, Any] | None, num_tokens: int) -> DraftSources:
    """The sources that ``to_arguments`` made; whatever else comes from a client is left out.

    ``num_tokens`` is the size of the model's vocabulary: a token beyond it would end the engine.
    """
    found = {}
    for field in fields(DraftSources):
        tokens = (arguments or {}).get(PREFIX + field.name)
        if isinstance(tokens, list) and all(
            type(token) is int and 0 <= token < num_tokens for token in tokens
        ):
            found[field.name] = tuple(tokens)
    return DraftSources(**found)
