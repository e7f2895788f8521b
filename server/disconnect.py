"""Stops working for a client that has gone."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from fastapi import Request

T = TypeVar("T")


class ClientGone(Exception):
    """The client closed its connection before it had its answer."""

    code = "client_gone"


async def while_connected(request: Request, work: Coroutine[object, object, T]) -> T:
    """Await ``work``, cancelling it when the client disconnects. Raises ``ClientGone`` then.

    The request's body must have been read: what the client sends next is its goodbye.
    """
    task = asyncio.ensure_future(work)
    watch = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.wait((task,))
        raise ClientGone
    finally:
        watch.cancel()
        task.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
