"""The engine protocol on real vLLM, on the CPU, with the default model."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing

import psutil
import pytest
import pytest_asyncio

pytest.importorskip("vllm")

from model import (
    Chunk,
    DraftSources,
    EngineUnavailable,
    FinishReason,
    GenerationRequest,
    ModelConfig,
    Phase,
    PromptTooLong,
)
from model.vllm.engine import VllmEngine
from tests.model.vllm.conftest import small

pytestmark = [pytest.mark.vllm, pytest.mark.asyncio(loop_scope="module")]

CODE = "def fibonacci(n):\n    if n < 2:\n        return n\n    return fibonacci(n - 1) +"
REGION = "class Cart:\n    def __init__(self):\n        self.items = []\n        self.total = 0\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(model_config: ModelConfig) -> AsyncIterator[VllmEngine]:
    engine = VllmEngine(model_config, small())
    await engine.start()
    yield engine
    await engine.stop()


def asked(engine: VllmEngine, text: str = CODE, **more: object) -> GenerationRequest:
    values: dict[str, object] = {"max_tokens": 40} | more
    return GenerationRequest(engine.tokenizer.encode(text), **values)  # type: ignore[arg-type]


async def chunks_of(engine: VllmEngine, request: GenerationRequest) -> list[Chunk]:
    async with aclosing(engine.generate(request)) as stream:
        return [chunk async for chunk in stream]


def text_of(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


async def test_an_answer_and_its_cost(engine: VllmEngine) -> None:
    chunks = await chunks_of(engine, asked(engine))
    assert chunks[0].phase is Phase.PREFILL and not chunks[0].tokens
    assert "fibonacci(n - 2)" in text_of(chunks)
    tokens = [token for chunk in chunks for token in chunk.tokens]
    assert engine.tokenizer.decode(tokens).decode() == text_of(chunks)
    stats = chunks[-1].stats
    assert stats is not None
    assert stats.num_generated_tokens == len(tokens)
    assert stats.num_steps + stats.num_accepted_tokens >= len(tokens)
    assert stats.prefill_seconds > 0 and stats.decode_seconds > 0


async def test_a_stop_string_ends_it_and_is_left_out(engine: VllmEngine) -> None:
    chunks = await chunks_of(engine, asked(engine, stop=("2)",)))
    assert text_of(chunks).endswith("fibonacci(n - ")
    assert chunks[-1].finish_reason is FinishReason.STOP


async def test_limits_end_it(engine: VllmEngine) -> None:
    short = await chunks_of(engine, asked(engine, max_tokens=3))
    assert short[-1].finish_reason is FinishReason.LENGTH
    late = await chunks_of(engine, asked(engine, deadline=time.monotonic()))
    assert late[-1].finish_reason is FinishReason.DEADLINE
    with pytest.raises(PromptTooLong):
        await chunks_of(engine, asked(engine, "word " * 2100))


async def test_prompts_are_shared_within_a_tenant_only(engine: VllmEngine) -> None:
    prompt = "# " + "some words that are long enough for blocks " * 12

    async def cached(tenant: str) -> int:
        chunks = await chunks_of(engine, asked(engine, prompt, tenant=tenant, max_tokens=1))
        assert chunks[-1].stats is not None
        return chunks[-1].stats.num_cached_tokens

    assert [await cached("a"), await cached("b")] == [0, 0]
    assert await cached("a") > 50


async def test_drafts_change_the_steps_never_the_answer(engine: VllmEngine) -> None:
    """Up to a place where two tokens are all but equally likely, which batches may tip."""
    prompt = f"# Copy of the class:\n{REGION}\n# Copy of the class:\n"
    tokens = engine.tokenizer.encode(REGION)
    plain = await chunks_of(engine, asked(engine, prompt, max_tokens=60))
    exact = await chunks_of(
        engine, asked(engine, prompt, max_tokens=60, draft=DraftSources(reference=tokens))
    )
    written = [token for chunk in plain for token in chunk.tokens]
    drafted = [token for chunk in exact for token in chunk.tokens]
    pairs = zip(written, drafted, strict=False)
    place = next((number for number, (one, other) in enumerate(pairs) if one != other), None)
    if place is not None:
        assert await is_near_tie(engine, engine.tokenizer.encode(prompt) + tuple(written[:place]))
    stats = exact[-1].stats
    assert stats is not None and stats.num_accepted_tokens > 5


async def is_near_tie(engine: VllmEngine, prompt: tuple[int, ...]) -> bool:
    """Whether the two likeliest tokens are within an eighth of a nat."""
    from vllm import SamplingParams
    from vllm.inputs import TokensPrompt

    params = SamplingParams(max_tokens=1, temperature=0, logprobs=2, detokenize=False)
    request = TokensPrompt(prompt_token_ids=list(prompt))
    async for output in engine._running.generate(request, params, "tie"):
        first, second = sorted(
            (each.logprob for each in output.outputs[0].logprobs[0].values()), reverse=True
        )[:2]
        return bool(first - second <= 0.13)
    raise AssertionError("vLLM gave no answer")


async def test_who_leaves_stops_the_work(engine: VllmEngine) -> None:
    for _ in range(30):
        async with aclosing(engine.generate(asked(engine, max_tokens=500))) as running:
            async for chunk in running:
                if chunk.tokens:
                    break
    assert engine.is_idle
    started = time.monotonic()
    await chunks_of(engine, asked(engine, max_tokens=1))
    assert not engine._running.output_processor.has_unfinished_requests()
    assert time.monotonic() - started < 5


async def test_requests_at_the_same_time_have_their_own_drafts(engine: VllmEngine) -> None:
    tokens = engine.tokenizer.encode(" fibonacci(n - 2)\n")
    one, other = await asyncio.gather(
        chunks_of(engine, asked(engine, draft=DraftSources(reference=tokens))),
        chunks_of(engine, asked(engine, REGION, draft=DraftSources(reference=tokens))),
    )
    assert "fibonacci(n - 2)" in text_of(one)
    assert one[-1].stats is not None and one[-1].stats.num_accepted_tokens > 2
    assert text_of(other)


async def test_it_starts_anew_when_its_process_is_killed(engine: VllmEngine) -> None:
    running = asyncio.create_task(chunks_of(engine, asked(engine, max_tokens=1500)))
    await asyncio.sleep(0.5)
    processes = psutil.Process().children(recursive=True)
    children = [child for child in processes if "VLLM" in child.name()]
    core = next(child for child in children if "EngineCore" in child.name())
    core.kill()
    with pytest.raises(EngineUnavailable):
        await running
    async with asyncio.timeout(120):
        while True:
            try:
                answer = await chunks_of(engine, asked(engine))
                break
            except EngineUnavailable:
                await asyncio.sleep(0.5)
    assert "fibonacci(n - 2)" in text_of(answer)
    _gone, left = psutil.wait_procs(children, timeout=10)
    assert not left, "nothing of the old engine stays"
