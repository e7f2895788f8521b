"""How long the embedded engine goes on computing for somebody who no longer wants the answer.

    python -m benchmarks.cancel_to_idle [NUMBER OF CANCELS]

Each request, its prompt new to the engine, is cancelled at a moment chosen at random (with a seed)
between its submission and its natural end. The yardstick is the longest single step of the same
run.
"""

import asyncio
import json
import random
import sys
import time
from contextlib import aclosing
from typing import Any

from benchmarks.running import milliseconds, percentile
from benchmarks.typing_session import SESSION
from model import Engine, GenerationRequest, ModelConfig, build_engine

POLL_SECONDS = 0.001
MAX_TOKENS = 24


def request(engine: Engine, number: int) -> GenerationRequest:
    """A prompt whose first line differs from all others', so that nothing of it can be reused."""
    text = f"# {number}\n" + SESSION.before
    return GenerationRequest(engine.tokenizer.encode(text), MAX_TOKENS, session_key="benchmark")


async def step_seconds(engine: Engine, number: int) -> list[float]:
    """How long each step of an undisturbed request takes."""
    steps = []
    async with aclosing(engine.generate(request(engine, number))) as stream:
        await anext(stream)
        at = time.perf_counter()
        async for _chunk in stream:
            now = time.perf_counter()
            steps.append(now - at)
            at = now
    return steps


async def cancel_after(engine: Engine, number: int, seconds: float) -> float:
    """Seconds from cancelling a request until the engine is idle."""

    async def consume() -> None:
        async with aclosing(engine.generate(request(engine, number))) as stream:
            async for _chunk in stream:
                pass

    task = asyncio.create_task(consume())
    await asyncio.sleep(seconds)
    cancelled = time.perf_counter()
    task.cancel()
    while not (engine.is_idle and task.done()):
        await asyncio.sleep(POLL_SECONDS)
    return time.perf_counter() - cancelled


async def main(num_cancels: int) -> dict[str, Any]:
    """Figures of one engine in this process."""
    engine = build_engine(ModelConfig())
    await engine.start()
    try:
        await step_seconds(engine, -1)
        steps: list[float] = []
        for number in range(5):
            steps += await step_seconds(engine, number)
        whole_request = sum(steps) / 5
        moments = random.Random(7)
        waits = [
            await cancel_after(engine, 10 + number, moments.uniform(0, whole_request))
            for number in range(num_cancels)
        ]
    finally:
        await engine.stop()
    longest_step = max(steps)
    return {
        "benchmark": "cancel_to_idle",
        "cancels": num_cancels,
        "step": milliseconds(steps) | {"longest_ms": round(longest_step * 1000, 2)},
        "cancel_to_idle": milliseconds(waits),
        "p99_over_longest_step": round(percentile(waits, 0.99) / longest_step, 3),
    }


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(json.dumps(asyncio.run(main(count)), indent=2))
