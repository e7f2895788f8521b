"""The engine protocol on vLLM's ``AsyncLLM``, which computes in processes of its own."""

import asyncio
import hashlib
import itertools
import logging
import os
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path

from vllm import SamplingParams
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.inputs import TokensPrompt
from vllm.lora.request import LoRARequest
from vllm.sampling_params import RequestOutputKind
from vllm.v1.engine.async_llm import AsyncLLM
from vllm.v1.engine.exceptions import EngineDeadError

from model.answer_stream import AnswerStream
from model.config import ModelConfig
from model.engine import Chunk, FinishReason, GenerationRequest, ModelCard, ModelInfo, Phase
from model.errors import EngineOverloaded, EngineUnavailable
from model.limits import check_fits
from model.tokenizer import Tokenizer
from model.vllm.arguments import engine_arguments, environment
from model.vllm.config import VllmConfig
from model.vllm.draft_arguments import to_arguments
from model.vllm.errors import translated
from model.vllm.outputs import chunk_of
from model.vllm.processes import begin, end
from model.vllm.serving import Serving, serving
from model.weights import card_of, configured_release

FIRST_RESTART_SECONDS, LONGEST_RESTART_SECONDS = 1.0, 30.0
HANGING_SECONDS = 20.0
"""Much longer than a step, bounded by ``max_num_batched_tokens``, or than loading an adapter."""

log = logging.getLogger("foretype.model")


class VllmEngine:
    """Computes ``max_num_seqs`` requests at a time; starts anew when its process dies or hangs.

    Raises ``ModelFilesError`` if the release that ``model`` names cannot be read.
    """

    def __init__(self, model: ModelConfig, config: VllmConfig) -> None:
        self._model = model
        self._config = config
        self._release = configured_release(model)
        self._serving: Serving | None = None
        self._llm: AsyncLLM | None = None
        self._watch: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self._num_running = 0
        self._request_ids: set[str] = set()
        self._numbers = itertools.count(1)
        self._adapters: dict[str, LoRARequest] = {}

    @property
    def card(self) -> ModelCard | None:
        return card_of(self._model, self._release)

    @property
    def info(self) -> ModelInfo:
        vocabulary = self._served.vocabulary
        limit = vocabulary.max_context_tokens
        return ModelInfo(vocabulary.name, vocabulary.version, limit)

    @property
    def tokenizer(self) -> Tokenizer:
        return self._served.vocabulary.tokenizer

    @property
    def is_idle(self) -> bool:
        """No request is running or waiting."""
        return self._num_running == 0

    async def start(self) -> None:
        """Load the model and start vLLM. Idempotent."""
        async with self._changing:
            if self._llm is not None:
                return
            if self._serving is None:
                self._serving = await asyncio.to_thread(serving, self._model, self._release)
            os.environ.update(environment(self._config))
            served = self._serving.folder
            arguments = AsyncEngineArgs(**engine_arguments(served, self._model, self._config))
            arguments.skip_tokenizer_init = True
            with translated():
                self._llm = await begin(arguments, self._prepare)
            if self._watch is None:
                self._watch = asyncio.create_task(self._revive())

    async def stop(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
        async with self._changing:
            await self._shut_down()

    async def load_adapter(self, name: str, folder: Path) -> None:
        """Serve requests whose ``adapter`` is ``name`` with that one. Raises ``EngineError``."""
        if not self._config.max_loras:
            raise EngineUnavailable("it takes no adapters; set FORETYPE_VLLM_MAX_LORAS")
        adapter = LoRARequest(name, next(self._numbers), str(folder))
        with translated():
            await self._running.add_lora(adapter)
        replaced, self._adapters[name] = self._adapters.get(name), adapter
        if replaced is not None:
            with translated():
                await self._running.remove_lora(replaced.lora_int_id)

    async def drop_adapter(self, name: str) -> None:
        """Forget the adapter, if it is loaded. Raises ``EngineError``."""
        adapter = self._adapters.pop(name, None)
        if adapter is not None:
            with translated():
                await self._running.remove_lora(adapter.lora_int_id)

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[Chunk, None]:
        self._check(request)
        self._num_running += 1
        try:
            yield Chunk("", (), phase=Phase.PREFILL)
            async with aclosing(self._chunks(request)) as chunks:
                async for chunk in chunks:
                    yield chunk
                    if chunk.finish_reason is not None:
                        return
        finally:
            self._num_running -= 1

    async def _chunks(self, request: GenerationRequest) -> AsyncGenerator[Chunk, None]:
        ends = self._served.vocabulary.ends_of(request.stop)
        stream = AnswerStream(request, self.tokenizer, ends)
        request_id = f"foretype-{next(self._numbers)}"
        outputs = self._running.generate(
            TokensPrompt(
                prompt_token_ids=list(request.prompt_tokens), cache_salt=_salt(request.tenant)
            ),
            self._sampling(request),
            request_id,
            lora_request=self._adapters[request.adapter] if request.adapter else None,
        )
        self._request_ids.add(request_id)
        try:
            with translated():
                async with aclosing(outputs):
                    while True:
                        try:
                            async with asyncio.timeout(_seconds_left(request)):
                                output = await anext(outputs)
                        except TimeoutError:
                            yield stream.end("", (), FinishReason.DEADLINE)
                            return
                        yield chunk_of(output, stream)
        finally:
            self._request_ids.discard(request_id)

    def _sampling(self, request: GenerationRequest) -> SamplingParams:
        return SamplingParams(
            temperature=request.sampling.temperature,
            seed=request.sampling.seed if request.sampling.temperature else None,
            max_tokens=request.max_tokens,
            stop_token_ids=sorted(self._served.vocabulary.ends_of(request.stop)),
            detokenize=False,
            output_kind=RequestOutputKind.DELTA,
            extra_args=to_arguments(request.draft) or None,
        )

    @property
    def _served(self) -> Serving:
        if self._serving is None:
            raise EngineUnavailable("the engine is not started")
        return self._serving

    @property
    def _running(self) -> AsyncLLM:
        if self._llm is None:
            raise EngineUnavailable("the engine is not running")
        return self._llm

    def _check(self, request: GenerationRequest) -> None:
        check_fits(request, self.info.max_context_tokens)
        if self._num_running >= self._config.max_num_seqs + self._model.max_queued_requests:
            raise EngineOverloaded(f"{self._num_running} requests are running or waiting")
        if request.adapter and request.adapter not in self._adapters:
            raise EngineUnavailable(f"the adapter {request.adapter} is not loaded")

    async def _revive(self) -> None:
        """Start vLLM anew whenever its process is dead or hangs, with longer and longer pauses."""
        pause = FIRST_RESTART_SECONDS
        while True:
            await asyncio.sleep(pause)
            if await self._is_well():
                pause = FIRST_RESTART_SECONDS
                continue
            async with self._changing:
                await self._shut_down()
            try:
                await self.start()
                log.info("the engine was started anew")
            except Exception as error:
                log.error("the engine cannot be started anew: %s", type(error).__name__)
                pause = min(2 * pause, LONGEST_RESTART_SECONDS)

    async def _is_well(self) -> bool:
        """Whether vLLM's process answers. It does so between two steps."""
        llm = self._llm
        if llm is None or llm.errored:
            return False
        try:
            async with asyncio.timeout(HANGING_SECONDS):
                await llm.is_sleeping()
        except TimeoutError:
            log.error("the engine hangs")
            return False
        except Exception as error:
            log.error("the engine cannot be asked: %s", type(error).__name__)
            return False
        return True

    async def _prepare(self, llm: AsyncLLM) -> None:
        if self._config.num_draft_tokens:
            await llm.collective_rpc("bind_drafter")
        for name, adapter in tuple(self._adapters.items()):
            try:
                await llm.add_lora(adapter)
            except Exception as error:
                if llm.errored:
                    raise
                log.error("the adapter %s is lost: %s", name, type(error).__name__)
                self._adapters.pop(name, None)

    async def _shut_down(self) -> None:
        llm, self._llm = self._llm, None
        if llm is not None:
            with suppress(EngineDeadError):
                await llm.abort(tuple(self._request_ids))
            await end(llm)


def _seconds_left(request: GenerationRequest) -> float | None:
    return None if request.deadline is None else max(0.0, request.deadline - time.monotonic())


def _salt(tenant: str) -> str:
    return hashlib.blake2b(tenant.encode(errors="surrogatepass"), digest_size=16).hexdigest()
