"""The embedded engine keeps the protocol's promises. On a tiny model, in float32."""

import asyncio
import threading
import time
from contextlib import aclosing
from pathlib import Path

import pytest

from model import (
    Engine,
    EngineOverloaded,
    EngineUnavailable,
    FinishReason,
    GenerationRequest,
    ModelFilesError,
    Phase,
    PromptTooLong,
    Sampling,
)
from tests.model.answers import PROMPT, chunks_of, complete, request_for
from tests.model.conftest import StartEngine
from tests.model.tiny import write_tiny_model


async def until_idle(engine: Engine) -> None:
    async with asyncio.timeout(20):
        while not engine.is_idle:
            await asyncio.sleep(0.001)


async def test_an_answer_and_its_cost(start_engine: StartEngine) -> None:
    engine = await start_engine()
    request = request_for(engine)
    chunks = await chunks_of(engine, request)
    assert chunks[0].phase is Phase.PREFILL and not chunks[0].tokens
    answer = await complete(engine, request)
    assert answer.text == engine.tokenizer.decode(answer.tokens).decode()
    assert len(set(answer.tokens)) > 10, "the tiny model must not just repeat itself"
    assert answer.finish_reason is FinishReason.LENGTH
    stats = answer.stats
    assert stats.num_prompt_tokens == len(request.prompt_tokens)
    assert stats.num_generated_tokens == len(answer.tokens) == 40
    assert stats.num_steps + stats.num_accepted_tokens == 40
    assert stats.prefill_seconds > 0 and stats.decode_seconds > 0 and stats.queue_seconds >= 0


@pytest.mark.parametrize("kind", ["exact", "edited", "junk"])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
async def test_drafts_change_the_steps_never_the_answer(
    start_engine: StartEngine, kind: str, temperature: float
) -> None:
    engine = await start_engine()
    sampling = Sampling(temperature, seed=3)
    plain = await complete(engine, request_for(engine, max_tokens=60, sampling=sampling))
    tokens = list(plain.tokens)
    reference = {
        "exact": tokens,
        "edited": [*tokens[:9], 5, 6, 7, *tokens[12:30], *tokens[33:]],
        "junk": [token ^ 1 for token in tokens],
    }[kind]
    drafted = await complete(
        engine, request_for(engine, max_tokens=60, sampling=sampling, reference=reference)
    )
    assert drafted.tokens == plain.tokens and drafted.text == plain.text
    stats = drafted.stats
    assert stats.num_generated_tokens == stats.num_steps + stats.num_accepted_tokens
    assert stats.num_draft_tokens > 0
    if kind == "exact":
        assert stats.num_steps <= 10
    if kind == "edited":
        assert stats.num_steps < 30, "after a divergence the drafter must find its way back"


async def test_sampling_follows_the_seed(start_engine: StartEngine) -> None:
    engine = await start_engine()
    texts = [
        (await complete(engine, request_for(engine, sampling=Sampling(1.0, seed)))).text
        for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]


async def test_a_session_reads_only_what_is_new(start_engine: StartEngine) -> None:
    engine = await start_engine()
    first = await complete(engine, request_for(engine, session_key="a"))
    longer = PROMPT + first.text[:10] + "#new"
    cold = await complete(engine, request_for(engine, longer))
    warm = await complete(engine, request_for(engine, longer, session_key="a"))
    assert cold.stats.num_cached_tokens == 0
    assert warm.stats.num_cached_tokens >= len(engine.tokenizer.encode(PROMPT)) + 5
    assert warm.tokens == cold.tokens
    again = await complete(engine, request_for(engine, longer, session_key="a"))
    assert again.stats.num_cached_tokens == again.stats.num_prompt_tokens - 1
    assert again.tokens == cold.tokens


async def test_rejected_drafts_leave_no_trace_in_a_session(start_engine: StartEngine) -> None:
    engine = await start_engine()
    junk = [20, 21, 22, 23, 24, 25] * 10
    await complete(engine, request_for(engine, session_key="a", reference=junk))
    longer = PROMPT + "    return\n"
    cold = await complete(engine, request_for(engine, longer))
    assert (await complete(engine, request_for(engine, longer, session_key="a"))).tokens == (
        cold.tokens
    )


async def test_prefill_in_chunks_gives_the_same_answer(start_engine: StartEngine) -> None:
    whole = await complete(await start_engine(), request_for(await start_engine()))
    engine = await start_engine(prefill_chunk_tokens=8)
    assert (await complete(engine, request_for(engine))).tokens == whole.tokens


async def test_a_stop_string_over_several_tokens(start_engine: StartEngine) -> None:
    engine = await start_engine()
    plain = await complete(engine, request_for(engine))
    stop = plain.text[20:24]
    cut = plain.text.index(stop)
    almost = stop[:2] + "\u2603"
    for reference in ((), plain.tokens):
        stopped = await complete(
            engine, request_for(engine, stop=(almost, stop), reference=reference)
        )
        assert stopped.text == plain.text[:cut]
        assert stopped.finish_reason is FinishReason.STOP
        assert engine.tokenizer.decode(stopped.tokens).decode().endswith(stop)


async def test_an_end_token_ends_the_answer(tmp_path: Path, start_engine: StartEngine) -> None:
    engine = await start_engine()
    plain = await complete(engine, request_for(engine))
    end = plain.tokens[12]
    folder = write_tiny_model(tmp_path, eos_token_id=[end])
    engine = await start_engine(path=folder)
    for reference in ((), plain.tokens):
        ended = await complete(engine, request_for(engine, reference=reference))
        assert ended.tokens == plain.tokens[: plain.tokens.index(end)]
        assert ended.finish_reason is FinishReason.STOP


async def test_deadlines(start_engine: StartEngine) -> None:
    engine = await start_engine()
    late = await complete(engine, request_for(engine, deadline=time.monotonic() - 1))
    assert (late.text, late.finish_reason) == ("", FinishReason.DEADLINE)
    soon = time.monotonic() + 0.1
    cut = await complete(engine, request_for(engine, max_tokens=900, deadline=soon))
    assert cut.finish_reason is FinishReason.DEADLINE
    assert len(cut.tokens) == cut.stats.num_generated_tokens < 900


async def test_a_deadline_holds_in_the_queue(start_engine: StartEngine) -> None:
    engine = await start_engine()
    async with aclosing(engine.generate(request_for(engine, max_tokens=900))) as running:
        await anext(running)
        late = await complete(engine, request_for(engine, deadline=time.monotonic() + 0.02))
        assert late.finish_reason is FinishReason.DEADLINE
        assert late.stats.num_steps == 0 and not engine.is_idle


async def test_closing_the_stream_stops_the_prefill(start_engine: StartEngine) -> None:
    engine = await start_engine(prefill_chunk_tokens=8)
    request = request_for(engine, "word " * 180, session_key="a", max_tokens=1)
    async with aclosing(engine.generate(request)) as chunks:
        assert (await anext(chunks)).phase is Phase.PREFILL
    await until_idle(engine)
    again = await complete(engine, request)
    num_read = again.stats.num_cached_tokens
    assert num_read % 8 == 0 and num_read < len(request.prompt_tokens) // 2


async def test_the_queue_is_bounded_and_forgets_the_cancelled(start_engine: StartEngine) -> None:
    engine = await start_engine(max_queued_requests=1)
    waiting_request = request_for(engine, session_key="waited")
    async with aclosing(engine.generate(request_for(engine, max_tokens=900))) as running:
        await anext(running)
        waiting = asyncio.create_task(complete(engine, waiting_request))
        await asyncio.sleep(0)
        with pytest.raises(EngineOverloaded):
            await complete(engine, request_for(engine))
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        last = asyncio.create_task(complete(engine, request_for(engine)))
        await asyncio.sleep(0)
    assert (await last).stats.queue_seconds > 0
    assert (await complete(engine, waiting_request)).stats.num_cached_tokens == 0


async def test_a_broken_step_fails_one_request_only(start_engine: StartEngine) -> None:
    engine = await start_engine()
    broken = GenerationRequest((10**6,), max_tokens=4, session_key="a")
    with pytest.raises(EngineUnavailable, match="IndexError"):
        await complete(engine, broken)
    assert (await complete(engine, request_for(engine, session_key="a"))).text


async def test_what_does_not_fit_is_refused(start_engine: StartEngine) -> None:
    engine = await start_engine(max_context_tokens=100)
    assert engine.info.max_context_tokens == 100
    fits = 100 - len(engine.tokenizer.encode(PROMPT))
    with pytest.raises(PromptTooLong):
        await complete(engine, request_for(engine, max_tokens=fits + 1))
    full = await complete(engine, request_for(engine, max_tokens=fits, reference=[9] * 200))
    assert len(full.tokens) == fits


async def test_stop_ends_everything_and_start_begins_anew(start_engine: StartEngine) -> None:
    engine = await start_engine()
    await engine.start()
    running = engine.generate(request_for(engine, max_tokens=900))
    await anext(running)
    waiting = asyncio.create_task(complete(engine, request_for(engine)))
    await asyncio.sleep(0)
    await engine.stop()
    await engine.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "engine"]
    with pytest.raises(EngineUnavailable):
        async for _ in running:
            pass
    with pytest.raises(EngineUnavailable):
        await waiting
    with pytest.raises(EngineUnavailable):
        await complete(engine, GenerationRequest((5,), 1))
    await engine.start()
    assert (await complete(engine, request_for(engine))).text


async def test_start_without_files_names_the_file(
    tmp_path: Path, start_engine: StartEngine
) -> None:
    with pytest.raises(ModelFilesError, match=r"config\.json is missing; .*FORETYPE_MODEL_PATH"):
        await start_engine(path=tmp_path)
