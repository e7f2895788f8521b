"""Rows through a client: several wait for it at a time, results in order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Any

from training.files import RawRow, parse_row
from training.runner.values import ChunkResult
from training.runner.work import Rows, name_of
from training.stage import Outcome

DEFAULT_ROWS_AT_ONCE = 64
ClientRun = Callable[[Any, Any, Any], Awaitable[Outcome]]

WINDOW = 4
"""Rows begun or finished behind the slowest one, as a multiple of those at once."""


async def through_client(
    run: ClientRun,
    config: Any,
    client: Any,
    raws: Iterator[RawRow],
    rows: Rows,
    rows_at_once: int,
) -> AsyncGenerator[ChunkResult, None]:
    """The result of each row. Raises ``RunError`` if the run as a whole cannot go on."""
    gate = asyncio.Semaphore(rows_at_once)
    waiting: deque[asyncio.Task[ChunkResult]] = deque()
    try:
        for raw in raws:
            waiting.append(asyncio.create_task(_one(run, config, client, raw, rows, gate)))
            while len(waiting) >= rows_at_once * WINDOW or (waiting and waiting[0].done()):
                yield await waiting.popleft()
            await asyncio.sleep(0)
        while waiting:
            yield await waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def _one(
    run: ClientRun, config: Any, client: Any, raw: RawRow, rows: Rows, gate: asyncio.Semaphore
) -> ChunkResult:
    result = ChunkResult(1)
    async with gate:
        row = None
        try:
            row = parse_row(raw, rows.reads)
            rows.written(await run(row, config, client), raw.data, result)
        except Exception as error:
            rows.failed(raw, name_of(row, raw.label), error, result)
    return result
