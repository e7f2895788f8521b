"""vLLM's OpenAI completions, the parts that we use: what is sent, and what comes back."""

import json
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Any

import httpx

from model.engine import FinishReason, GenerationRequest
from model.errors import EngineError, EngineOverloaded, EngineUnavailable, PromptTooLong
from model.vllm.draft_arguments import to_arguments

SESSION_HEADER = "x-session-id"
"""By this header vllm-router's policy ``consistent_hash`` chooses (vllm-router 0.1.17)."""

BUSY = (429, 503)
CUT_OFF = ("abort", "error")
"""Finish reasons of answers that are not whole."""


class RequestRefused(EngineUnavailable):
    """The server is well and does not take this request; another one would not, either."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one event of the stream adds. ``num_cached`` comes with the last one."""

    tokens: tuple[int, ...]
    finish: FinishReason | None
    num_cached: int = 0


def body_of(
    request: GenerationRequest, model: str, salt: str, end_tokens: Collection[int]
) -> dict[str, Any]:
    """The request's JSON: tokens in, tokens out; ``model`` is a server's name for its adapter."""
    body: dict[str, Any] = {
        "model": model,
        "prompt": list(request.prompt_tokens),
        "max_tokens": request.max_tokens,
        "temperature": request.sampling.temperature,
        "stop": list(request.stop),
        "stop_token_ids": sorted(end_tokens),
        "cache_salt": salt,
        "return_token_ids": True,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.sampling.temperature:
        body["seed"] = request.sampling.seed
    sources = to_arguments(request.draft)
    return body | ({"vllm_xargs": sources} if sources else {})


async def steps_of(response: httpx.Response) -> AsyncIterator[Step]:
    """The stream's steps; the last one has a finish reason and the usage.

    Raises ``EngineUnavailable`` if the stream breaks off or makes no sense.
    """
    last: Step | None = None
    async for line in _lines(response):
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            break
        event = _parsed(data)
        if last is not None:
            last = Step(last.tokens, last.finish, _num_cached(event))
            continue
        for choice in event.get("choices") or ():
            step = _step(choice)
            if step.finish is None:
                yield step
            else:
                last = step
    if last is None:
        raise EngineUnavailable("the server's stream ended before the answer did")
    yield last


async def error_of(response: httpx.Response) -> EngineError:
    """What an answer that is no 200 stands for. Its text may quote the prompt and is not kept."""
    text = (await response.aread())[:4096].decode(errors="replace")
    if response.status_code in BUSY:
        return EngineOverloaded(f"the server answered {response.status_code}")
    if response.status_code == 400 and "maximum context length" in text:
        return PromptTooLong("the prompt exceeds the context of the server's model")
    kind = RequestRefused if response.is_client_error else EngineUnavailable
    return kind(f"the server answered {response.status_code}")


async def _lines(response: httpx.Response) -> AsyncIterator[str]:
    """Split at newlines only: U+2028 and its like stand unescaped in a model's text."""
    rest = b""
    async for data in response.aiter_bytes():
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace")


def _parsed(data: str) -> dict[str, Any]:
    try:
        event = json.loads(data)
    except ValueError:
        raise EngineUnavailable("the server's stream holds what is no JSON") from None
    if not isinstance(event, dict) or "error" in event:
        raise EngineUnavailable("the server's stream reports an error")
    return event


def _step(choice: dict[str, Any]) -> Step:
    tokens = choice.get("token_ids")
    if tokens is None:
        raise EngineUnavailable("the server does not tell its tokens; it has to be vLLM 0.32")
    reason = choice.get("finish_reason")
    if reason in CUT_OFF:
        raise EngineUnavailable("the server cut the answer off")
    finish = None
    if reason is not None:
        finish = FinishReason.LENGTH if reason == "length" else FinishReason.STOP
    return Step(tuple(tokens), finish)


def _num_cached(event: dict[str, Any]) -> int:
    details = (event.get("usage") or {}).get("prompt_tokens_details") or {}
    return int(details.get("cached_tokens") or 0)
