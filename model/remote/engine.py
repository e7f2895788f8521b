"""The engine protocol over HTTP: each session at its own server, another one if that fails."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path

import httpx

from model.answer_stream import AnswerStream
from model.config import ModelConfig
from model.engine import (
    Chunk,
    FinishReason,
    GenerationRequest,
    ModelCard,
    ModelInfo,
    Phase,
)
from model.errors import EngineError, EngineOverloaded, EngineUnavailable, PromptTooLong
from model.limits import check_fits
from model.remote.adapters import Adapter, drop, load
from model.remote.config import RemoteConfig
from model.remote.protocol import SESSION_HEADER, RequestRefused, body_of, error_of, steps_of
from model.remote.replicas import Replica, Replicas
from model.tokenizer import Tokenizer
from model.vocabulary import Vocabulary, read_vocabulary
from model.weights import card_of, configured_release

CONNECT_SECONDS = 1.0
LISTING_SECONDS = 2.0
HANGING_SECONDS = 0.5
"""A server that has not begun for so long may be at fault; sooner, the deadline was short."""
ATTEMPTS = 2


class RemoteEngine:
    """Asks vLLM's OpenAI servers. Raises ``ModelFilesError`` if the release cannot be read."""

    def __init__(self, model: ModelConfig, config: RemoteConfig) -> None:
        self._model = model
        self._config = config
        self._release = configured_release(model)
        secret = config.session_secret
        key = secrets.token_bytes() if secret is None else secret.get_secret_value().encode()
        self._replicas = Replicas(config.servers, key)
        self._client: httpx.AsyncClient | None = None
        self._vocabulary: Vocabulary | None = None
        self._num_running = 0
        self._adapters: dict[str, Adapter] = {}
        self._free = asyncio.Semaphore(config.max_connections)

    @property
    def card(self) -> ModelCard | None:
        return card_of(self._model, self._release)

    @property
    def info(self) -> ModelInfo:
        known = self._known
        return ModelInfo(known.name, known.version, known.max_context_tokens)

    @property
    def tokenizer(self) -> Tokenizer:
        return self._known.tokenizer

    @property
    def is_idle(self) -> bool:
        """No request of ours is running or waiting."""
        return self._num_running == 0

    async def start(self) -> None:
        """Read the vocabulary; servers may come later. Idempotent. Raises ``ModelFilesError``."""
        if self._client is not None:
            return
        vocabulary = await asyncio.to_thread(read_vocabulary, self._model, self._release)
        key = self._config.api_key
        headers = {} if key is None else {"authorization": f"Bearer {key.get_secret_value()}"}
        limit = self._config.max_connections
        client = httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=limit, max_keepalive_connections=limit),
            trust_env=False,  # a proxy of the environment's must not see users' code
        )
        self._vocabulary, self._client = vocabulary, client

    async def stop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def load_adapter(self, name: str, folder: Path) -> None:
        """Serve requests whose ``adapter`` is ``name`` with that one, a folder as servers see it.

        Its files must not change. Servers that fail now, or that a router does not pass this on to,
        load it at the first request for it. Raises ``EngineUnavailable`` if all fail.
        """
        adapter = Adapter(name, folder)
        loading = [load(self._http, replica.url, adapter) for replica in self._replicas]
        outcomes = await asyncio.gather(*loading, return_exceptions=True)
        if all(isinstance(outcome, EngineError) for outcome in outcomes):
            raise EngineUnavailable("no server loads the adapter")
        replaced, self._adapters[name] = self._adapters.get(name), adapter
        if replaced is not None and replaced != adapter:
            await self._drop(replaced)

    async def drop_adapter(self, name: str) -> None:
        """Forget the adapter, if it is loaded; servers that are not told keep it until they end."""
        adapter = self._adapters.pop(name, None)
        if adapter is not None:
            await self._drop(adapter)

    async def _drop(self, adapter: Adapter) -> None:
        dropping = [drop(self._http, replica.url, adapter) for replica in self._replicas]
        await asyncio.gather(*dropping, return_exceptions=True)

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[Chunk, None]:
        self._check(request)
        stream = AnswerStream(request, self.tokenizer, self._known.ends_of(request.stop))
        self._num_running += 1
        try:
            async with (
                self._connection(request) as stream.queue_seconds,
                aclosing(self._attempts(request, stream)) as chunks,
            ):
                async for chunk in chunks:
                    yield chunk
                    if chunk.finish_reason is not None:
                        return
        except TimeoutError:
            yield stream.end("", (), FinishReason.DEADLINE)
        finally:
            self._num_running -= 1

    @asynccontextmanager
    async def _connection(self, request: GenerationRequest) -> AsyncIterator[float]:
        """One of as many as may be open; the seconds waited for it.

        Raises ``TimeoutError`` if the deadline passes before there is one.
        """
        submitted = time.monotonic()
        async with asyncio.timeout(_patience(request, True)):
            await self._free.acquire()
        try:
            yield time.monotonic() - submitted
        finally:
            self._free.release()

    async def _attempts(
        self, request: GenerationRequest, stream: AnswerStream
    ) -> AsyncGenerator[Chunk, None]:
        """Another server is asked once, as long as none has sent a token."""
        yield Chunk("", (), phase=Phase.PREFILL)
        replicas = self._replicas.in_order(request.session_key)[:ATTEMPTS]
        for attempt, replica in enumerate(replicas, 1):
            asked_at, has_begun = time.monotonic(), False
            try:
                async with aclosing(self._ask(request, replica, stream)) as chunks:
                    while True:
                        patience = _patience(request, has_begun or attempt == len(replicas))
                        async with asyncio.timeout(patience):
                            chunk = await anext(chunks)
                        has_begun = True
                        replica.answered()
                        yield chunk
                        if chunk.finish_reason is not None:
                            return
            except TimeoutError:
                if not has_begun and time.monotonic() - asked_at >= HANGING_SECONDS:
                    replica.failed()
                if has_begun or attempt == len(replicas) or _patience(request, True) == 0:
                    yield stream.end("", (), FinishReason.DEADLINE)
                    return
            except (PromptTooLong, RequestRefused):
                raise
            except EngineError:
                replica.failed()
                if has_begun or attempt == len(replicas):
                    raise

    async def _ask(
        self, request: GenerationRequest, replica: Replica, stream: AnswerStream
    ) -> AsyncGenerator[Chunk, None]:
        async with AsyncExitStack() as stack:
            try:
                response = await self._response(request, replica, stack)
                async for step in steps_of(response):
                    stream.num_cached = step.num_cached
                    yield stream.push(step.tokens, step.finish)
            except httpx.HTTPError as error:
                raise EngineUnavailable(f"a server failed: {type(error).__name__}") from error

    async def _response(
        self, request: GenerationRequest, replica: Replica, stack: AsyncExitStack
    ) -> httpx.Response:
        """A response that streams. Raises ``EngineError``."""
        session = request.session_key or secrets.token_hex(8)
        headers = {SESSION_HEADER: self._replicas.digest(session)}
        response = await self._send(request, replica, headers, stack)
        if response.status_code == httpx.codes.NOT_FOUND:
            # Since it was asked last, the server was started anew, perhaps with another model.
            replica.model = None
            if request.adapter:
                await response.aclose()  # loading wants its connection
                await load(self._http, replica.url, self._adapter(request.adapter), headers)
                response = await self._send(request, replica, headers, stack)
        if response.status_code != httpx.codes.OK:
            raise await error_of(response)
        return response

    async def _send(
        self,
        request: GenerationRequest,
        replica: Replica,
        headers: Mapping[str, str],
        stack: AsyncExitStack,
    ) -> httpx.Response:
        salt = self._replicas.digest(f"tenant {request.tenant}")
        if request.adapter:
            name = self._adapter(request.adapter).served_name
        else:
            name = await self._model_at(replica)
        call = self._http.stream(
            "POST",
            f"{replica.url}/v1/completions",
            json=body_of(request, name, salt, self._known.ends_of(request.stop)),
            headers=headers,
        )
        return await stack.enter_async_context(call)

    async def _model_at(self, replica: Replica) -> str:
        """The name to ask for there: the one that is set, else the first that the server lists."""
        if self._config.model is not None:
            return self._config.model
        if replica.model is None:
            listed = await self._http.get(f"{replica.url}/v1/models", timeout=LISTING_SECONDS)
            if listed.status_code != 200:
                raise await error_of(listed)
            try:
                replica.model = str(listed.json()["data"][0]["id"])
            except (ValueError, KeyError, TypeError, IndexError):
                raise EngineUnavailable("a server lists no model") from None
        return replica.model

    @property
    def _known(self) -> Vocabulary:
        if self._vocabulary is None:
            raise EngineUnavailable("the engine is not started")
        return self._vocabulary

    @property
    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            raise EngineUnavailable("the engine is not running")
        return self._client

    def _check(self, request: GenerationRequest) -> None:
        check_fits(request, self.info.max_context_tokens)
        most = self._config.max_connections + self._model.max_queued_requests
        if self._num_running >= most:
            raise EngineOverloaded(f"{self._num_running} requests are running or waiting")
        if request.adapter:
            self._adapter(request.adapter)

    def _adapter(self, name: str) -> Adapter:
        try:
            return self._adapters[name]
        except KeyError:
            raise RequestRefused(f"the adapter {name} is not loaded") from None


def _patience(request: GenerationRequest, is_last: bool) -> float | None:
    """Seconds to wait: all that are left, or half of them while another server can be asked."""
    if request.deadline is None:
        return None
    left = max(0.0, request.deadline - time.monotonic())
    return left if is_last else left / 2
