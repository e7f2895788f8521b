"""A small server that speaks vLLM's completions, and can misbehave in the ways that servers do."""

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

MODEL = "student"


@dataclass
class Behaviour:
    """``answer`` is sent two tokens at a time, ``pause`` seconds apart."""

    answer: list[int] = field(default_factory=list)
    text: str = ""
    """Stands beside the tokens in every event."""
    finish: str = "stop"
    status: int = 200
    error: str = "nothing"
    pause: float = 0.0
    hangs: bool = False
    breaks_after: int | None = None
    """Events after which the connection is dropped."""


class Server:
    """``requests`` are the bodies and headers that came; ``num_left`` clients went away."""

    def __init__(self) -> None:
        self.behaviour = Behaviour()
        self.requests: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.num_left = self.num_open = 0
        self.url = ""
        self.model = MODEL
        self.adapters: dict[str, str] = {}

    async def models(self, _request: Request) -> Response:
        return JSONResponse({"data": [{"id": self.model, "max_model_len": 512}]})

    async def load(self, request: Request) -> Response:
        adapter = await request.json()
        if self.behaviour.status != 200:
            return Response(status_code=self.behaviour.status)
        self.adapters[adapter["lora_name"]] = adapter["lora_path"]
        return Response()

    async def unload(self, request: Request) -> Response:
        name = (await request.json())["lora_name"]
        if self.behaviour.status != 200:
            return Response(status_code=self.behaviour.status)
        return Response(status_code=200 if self.adapters.pop(name, None) else 404)

    async def completions(self, request: Request) -> Response:
        self.requests.append((await request.json(), dict(request.headers)))
        behaviour = self.behaviour
        if self.requests[-1][0]["model"] not in (self.model, *self.adapters):
            return JSONResponse({"error": "no such model"}, 404)
        if behaviour.status != 200:
            return JSONResponse({"error": behaviour.error}, behaviour.status)
        if behaviour.hangs:
            while not await request.is_disconnected():
                await asyncio.sleep(0.01)
            self.num_left += 1
            return Response(status_code=499)
        return StreamingResponse(self._events(behaviour), media_type="text/event-stream")

    async def _events(self, behaviour: Behaviour) -> AsyncIterator[str]:
        self.num_open += 1
        try:
            parts = [behaviour.answer[at : at + 2] for at in range(0, len(behaviour.answer), 2)]
            for number, tokens in enumerate(parts or [[]]):
                await asyncio.sleep(behaviour.pause)
                if number == behaviour.breaks_after:
                    raise ConnectionResetError("as asked")
                is_last = number >= len(parts) - 1
                yield _event(tokens, behaviour.text, behaviour.finish if is_last else None)
            usage = {"prompt_tokens": 4, "prompt_tokens_details": {"cached_tokens": 3}}
            yield f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n"
            yield "data: [DONE]\n\n"
        except asyncio.CancelledError:
            self.num_left += 1
            raise
        finally:
            self.num_open -= 1


def _event(tokens: list[int], text: str, finish: str | None) -> str:
    choice = {"text": text, "token_ids": tokens, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]}, ensure_ascii=False)}\n\n"


@contextlib.contextmanager
def running(server: Server, port: int = 0) -> Iterator[uvicorn.Server]:
    """Serve on a port of 127.0.0.1, in a thread."""
    app = Starlette(
        routes=[
            Route("/health", server.models),
            Route("/v1/models", server.models),
            Route("/v1/completions", server.completions, methods=["POST"]),
            Route("/v1/load_lora_adapter", server.load, methods=["POST"]),
            Route("/v1/unload_lora_adapter", server.unload, methods=["POST"]),
        ]
    )
    config = uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=0)
    http = uvicorn.Server(config)
    thread = threading.Thread(target=http.run)
    thread.start()
    try:
        give_up = time.monotonic() + 10
        while not http.started and time.monotonic() < give_up:
            time.sleep(0.01)
        server.url = f"http://127.0.0.1:{http.servers[0].sockets[0].getsockname()[1]}"
        yield http
    finally:
        http.should_exit = True
        thread.join()
