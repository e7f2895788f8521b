"""The scripted engine behaves as the protocol says."""

import asyncio
import time
from contextlib import aclosing

import pytest

from model import (
    Chunk,
    DraftSources,
    EngineOverloaded,
    EngineUnavailable,
    FakeAnswer,
    FakeEngine,
    FakePace,
    FinishReason,
    GenerationRequest,
    Phase,
    PromptTooLong,
)


def request_for(text: str = "def f(", **fields: object) -> GenerationRequest:
    values = {"max_tokens": 100, **fields}
    return GenerationRequest(prompt_tokens=tuple(text.encode()), **values)  # type: ignore[arg-type]


async def answer(engine: FakeEngine, request: GenerationRequest) -> list[Chunk]:
    async with aclosing(engine.generate(request)) as chunks:
        return [chunk async for chunk in chunks]


def text_of(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


async def test_answers_in_turn_then_the_last_one() -> None:
    engine = FakeEngine(["a", "b"])
    await engine.start()
    texts = [text_of(await answer(engine, request_for())) for _ in range(3)]
    assert texts == ["a", "b", "b"]
    assert len(engine.requests) == 3


async def test_without_a_script_the_reference_is_repeated() -> None:
    engine = FakeEngine()
    await engine.start()
    reference = DraftSources(reference=tuple("größe = 1".encode()))
    chunks = await answer(engine, request_for(draft=reference))
    assert text_of(chunks) == "größe = 1"
    assert chunks[-1].finish_reason is FinishReason.STOP


async def test_one_byte_a_step_never_splits_a_character() -> None:
    engine = FakeEngine(["ä→😀"], FakePace(step_tokens=1))
    await engine.start()
    chunks = await answer(engine, request_for())
    assert len(chunks) == 1 + len("ä→😀".encode())
    assert "\ufffd" not in text_of(chunks) and text_of(chunks) == "ä→😀"


async def test_a_stop_string_ends_the_text_before_it() -> None:
    engine = FakeEngine(["one<END>two"], FakePace(step_tokens=2))
    await engine.start()
    chunks = await answer(engine, request_for(stop=("<END>",)))
    assert text_of(chunks) == "one"
    assert chunks[-1].finish_reason is FinishReason.STOP


async def test_length_and_deadline_end_the_answer() -> None:
    engine = FakeEngine(["abcdef"], FakePace(step_tokens=1, step_seconds=0.001))
    await engine.start()
    chunks = await answer(engine, request_for(max_tokens=4))
    assert (text_of(chunks), chunks[-1].finish_reason) == ("abcd", FinishReason.LENGTH)
    chunks = await answer(engine, request_for(deadline=time.monotonic()))
    assert (text_of(chunks), chunks[-1].finish_reason) == ("a", FinishReason.DEADLINE)


async def test_an_error_comes_after_the_text_before_it() -> None:
    broken = FakeAnswer("ab", EngineUnavailable("it broke"))
    engine = FakeEngine(lambda _: broken, FakePace(step_tokens=1))
    await engine.start()
    seen = []
    with pytest.raises(EngineUnavailable):
        async with aclosing(engine.generate(request_for())) as chunks:
            async for chunk in chunks:
                seen.append(chunk.text)
    assert seen == ["", "a"]
    assert engine.is_idle and not engine.cancelled


async def test_refusals() -> None:
    engine = FakeEngine(["x"], FakePace(prefill_seconds=10), capacity=1)
    with pytest.raises(EngineUnavailable):
        await answer(engine, request_for())
    await engine.start()
    with pytest.raises(PromptTooLong):
        await answer(engine, request_for(max_tokens=8192))
    running = asyncio.create_task(answer(engine, request_for()))
    await asyncio.sleep(0)
    with pytest.raises(EngineOverloaded):
        await answer(engine, request_for())
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert engine.is_idle


async def test_closing_the_stream_cancels() -> None:
    engine = FakeEngine(["abcdef"], FakePace(step_tokens=1))
    await engine.start()
    request = request_for()
    async with aclosing(engine.generate(request)) as chunks:
        assert (await anext(chunks)).phase is Phase.PREFILL
        assert (await anext(chunks)).text == "a"
    assert engine.is_idle
    assert list(engine.cancelled) == [request]
