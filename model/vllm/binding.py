"""Middleware of vLLM's OpenAI server: before the first answer, the drafter learns its requests.

vLLM's server has no hook at its start; the first request of a probe comes soon enough. Plain ASGI,
so that it stands in the way of nothing: the end of a connection cancels a request.
"""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send


class BindDrafter:
    """Binds once, then only passes on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._binding = asyncio.Lock()
        self._is_bound = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_bound:
            async with self._binding:
                if not self._is_bound:
                    await scope["app"].state.engine_client.collective_rpc("bind_drafter")
                    self._is_bound = True
        await self._app(scope, receive, send)
