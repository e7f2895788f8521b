"""vLLM's processes: made and ended so that none stays when a start fails or is given up."""

import asyncio
import multiprocessing
from collections.abc import Awaitable, Callable
from contextlib import suppress

from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.v1.engine.async_llm import AsyncLLM

CORE = "EngineCore"
KILLED_SECONDS = 5.0


async def begin(
    arguments: AsyncEngineArgs, prepare: Callable[[AsyncLLM], Awaitable[None]]
) -> AsyncLLM:
    """Start vLLM, then let ``prepare`` do what comes before the first request.

    Takes seconds to minutes. Cancelled, it ends only when what was being started has ended too.
    """
    starting = asyncio.ensure_future(asyncio.to_thread(AsyncLLM.from_engine_args, arguments))
    try:
        llm = await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(Exception):
            await end(await starting)
        raise
    try:
        await prepare(llm)
    except BaseException:
        await end(llm)
        raise
    return llm


async def end(llm: AsyncLLM) -> None:
    """Wait until its processes have ended, in a thread, since vLLM gives them seconds."""
    await asyncio.to_thread(_end, llm)


def _end(llm: AsyncLLM) -> None:
    llm.shutdown()
    for child in multiprocessing.active_children():
        if child.name.startswith(CORE):
            child.join(KILLED_SECONDS)  # those that hung have been killed, and not been reaped
