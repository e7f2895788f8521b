"""Any endpoint that speaks OpenAI's ``/v1/completions``, such as vLLM or llama.cpp."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import tenacity

from model import FinishReason, Tokenizer
from prompt_format import TokenCounter, estimate_tokens
from training.errors import InvalidRow, RowError, RunError
from training.student.values import Ask, Generation

MAX_CONTEXT_TOKENS = 1 << 20
"""The endpoint refuses what is too long for it; a budget comes from the stage's parameters."""
TIMEOUT_SECONDS = 120.0
RETRIED_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


class EndpointFailed(RowError):
    """The endpoint did not answer this prompt, however often it was asked."""

    code = "endpoint_failed"


class _Again(Exception):
    """Worth another try; holds what went wrong."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask. ``is_vllm``: it takes tokens as prompt and can leave special tokens in text."""

    url: str
    model: str
    key: str | None = None
    is_vllm: bool = True


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often an endpoint is asked again, and how long one waits: doubled, with chance in it."""

    attempts: int = 6
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 30.0


class CompletionsGenerator:
    """Asks ``endpoint``; ``tokenizer``, if known, is that of the model there."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        endpoint: Endpoint,
        tokenizer: Tokenizer | None,
        version: str,
        retry_policy: RetryPolicy,
    ) -> None:
        self._client = client
        self._endpoint = endpoint
        self._tokenizer = tokenizer
        self._version = version
        self._retry_policy = retry_policy

    @property
    def version(self) -> str:
        return self._version

    @property
    def max_context_tokens(self) -> int:
        return MAX_CONTEXT_TOKENS

    @property
    def count(self) -> TokenCounter:
        return self._tokenizer.count if self._tokenizer else estimate_tokens

    async def generate(self, ask: Ask) -> list[Generation]:
        """See ``Generator``. The seconds are those of the whole call."""
        started = time.monotonic()
        body = self._body(ask)
        answer = await self._post(body)
        seconds = time.monotonic() - started
        try:
            choices = sorted(answer["choices"], key=lambda choice: choice["index"])
            usage = answer.get("usage") or {}
            read = [self._read(choice, usage, ask, seconds, len(choices)) for choice in choices]
        except (LookupError, TypeError, AttributeError, ValueError, OverflowError):
            raise EndpointFailed("the endpoint's answer is no completion") from None
        if len(read) != ask.num_samples:
            raise EndpointFailed(f"{len(read)} answers came, {ask.num_samples} were asked for")
        return read

    def _body(self, ask: Ask) -> dict[str, Any]:
        rendered = ask.rendered
        prompt: str | list[int] = rendered.model_input
        if self._tokenizer is not None and self._endpoint.is_vllm:
            prompt = list(self._tokenizer.encode(rendered.model_input, rendered.special_tokens))
        body: dict[str, Any] = {
            "model": self._endpoint.model,
            "prompt": prompt,
            "max_tokens": ask.max_tokens,
            "temperature": ask.temperature,
            "n": ask.num_samples,
            "seed": ask.seed % (1 << 31),
        }
        if rendered.stop:
            body["stop"] = list(rendered.stop)
        if self._endpoint.is_vllm:
            body |= {"skip_special_tokens": False, "spaces_between_special_tokens": False}
        return body

    def _read(
        self, choice: dict[str, Any], usage: dict[str, Any], ask: Ask, seconds: float, num: int
    ) -> Generation:
        text = choice["text"]
        if not isinstance(text, str):
            raise TypeError(text)
        text.encode()  # JSON can write half a character
        is_cut = choice.get("finish_reason") == "length"
        total = usage.get("completion_tokens")
        prompt_tokens = usage.get("prompt_tokens", self.count(ask.rendered.model_input))
        return Generation(
            text=text,
            finish_reason=FinishReason.LENGTH if is_cut else FinishReason.STOP,
            num_prompt_tokens=_count(prompt_tokens),
            num_tokens=_count(total) if total is not None and num == 1 else self.count(text),
            seconds=seconds,
        )

    async def _post(self, body: dict[str, Any]) -> Any:
        policy = self._retry_policy
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(_Again),
            stop=tenacity.stop_after_attempt(policy.attempts),
            wait=tenacity.wait_random_exponential(
                policy.first_wait_seconds, policy.longest_wait_seconds
            ),
            reraise=True,
        )
        try:
            return await retrying(self._post_once, body)
        except _Again as error:
            raise EndpointFailed(str(error)) from error

    async def _post_once(self, body: dict[str, Any]) -> Any:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):  # the client's own is for each piece
                response = await self._client.post("/v1/completions", json=body)
        except (httpx.HTTPError, TimeoutError) as error:
            raise _Again(type(error).__name__) from error
        if response.status_code in RETRIED_STATUS:
            raise _Again(f"status {response.status_code}")
        if response.status_code in (401, 403, 404):
            raise RunError(f"the endpoint answers {response.status_code}: check address and key")
        if response.is_error:
            raise InvalidRow(f"the endpoint refuses the prompt with status {response.status_code}")
        try:
            return response.json()
        except (ValueError, RecursionError):
            raise _Again("an answer that is no JSON") from None


def _count(given: Any) -> int:
    """A number of tokens. Raises ``ValueError`` for one that cannot be."""
    number = int(given)
    if not 0 <= number <= MAX_CONTEXT_TOKENS:
        raise ValueError(number)
    return number


@asynccontextmanager
async def open_completions(
    endpoint: Endpoint,
    tokenizer: Tokenizer | None,
    version: str,
    retry_policy: RetryPolicy | None = None,
) -> AsyncIterator[CompletionsGenerator]:
    """A generator with connections of its own, closed on leaving."""
    headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
    url = endpoint.url.rstrip("/").removesuffix("/v1")
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT_SECONDS) as client:
        policy = retry_policy or RetryPolicy()
        yield CompletionsGenerator(client, endpoint, tokenizer, version, policy)
