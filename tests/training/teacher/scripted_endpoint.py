"""A real HTTP server that answers like both kinds of endpoint, well or badly, as a script says."""

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

Behaviour = Callable[[Request], Awaitable[Response]]


class ScriptedEndpoint:
    """``script`` holds what goes wrong, first call first; when it is empty, ``text`` is answered.

    ``requests`` are the bodies of all questions. A batch is done after ``polls_until_done`` polls;
    of its items those with an index in ``failing_items`` fail.
    """

    def __init__(self) -> None:
        self.url = ""
        self.text: Callable[[dict[str, Any]], str] = lambda _body: "NO_EDITS"
        self.finish_reason: str | None = None
        self.script: deque[Behaviour] = deque()
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.batches: dict[str, list[dict[str, Any]]] = {}
        self.polls_until_done = 0
        self.failing_items: set[int] = set()
        self._files: dict[str, bytes] = {}

    def app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)
        app.post("/v1/chat/completions")(self._chat)
        app.post("/v1/messages")(self._messages)
        app.post("/v1/files")(self._upload)
        app.post("/v1/batches")(self._create_batch)
        app.get("/v1/batches/{batch_id}")(self._batch)
        app.get("/v1/files/{file_id}/content")(self._content)
        app.post("/v1/messages/batches")(self._create_message_batch)
        app.get("/v1/messages/batches/{batch_id}")(self._message_batch)
        app.get("/v1/messages/batches/{batch_id}/results")(self._results)
        return app

    async def _chat(self, request: Request) -> Response:
        return await self._answer(request, self.completion)

    async def _messages(self, request: Request) -> Response:
        return await self._answer(request, self.message)

    async def _answer(
        self, request: Request, good: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> Response:
        body = await request.json()
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        if self.script:
            return await self.script.popleft()(request)
        return JSONResponse(good(body))

    def completion(self, body: dict[str, Any]) -> dict[str, Any]:
        message = {"role": "assistant", "content": self.text(body)}
        reason = self.finish_reason or "stop"
        return {
            "choices": [{"index": 0, "message": message, "finish_reason": reason}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 10},
        }

    def message(self, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "content": [{"type": "text", "text": self.text(body)}],
            "stop_reason": self.finish_reason or "end_turn",
            "usage": {"input_tokens": 90, "cache_read_input_tokens": 10, "output_tokens": 10},
        }

    async def _upload(self, request: Request) -> Response:
        file_id = f"file-{len(self._files)}"
        self._files[file_id] = await request.body()
        return JSONResponse({"id": file_id})

    async def _create_batch(self, request: Request) -> Response:
        body = await request.json()
        if self.script:
            return await self.script.popleft()(request)
        assert body["endpoint"] == "/v1/chat/completions"
        lines = self._files[body["input_file_id"]].split(b"\n")
        items = [json.loads(line) for line in lines if line.startswith(b'{"custom_id"')]
        return self._made({item["custom_id"]: item["body"] for item in items})

    async def _create_message_batch(self, request: Request) -> Response:
        body = await request.json()
        if self.script:
            return await self.script.popleft()(request)
        return self._made({item["custom_id"]: item["params"] for item in body["requests"]})

    def _made(self, bodies: dict[str, dict[str, Any]]) -> Response:
        batch_id = f"batch_{len(self.batches)}"
        self.batches[batch_id] = [{"id": key, "body": body} for key, body in bodies.items()]
        return JSONResponse({"id": batch_id})

    def _is_done(self) -> bool:
        self.polls_until_done -= 1
        return self.polls_until_done < 0

    async def _batch(self, batch_id: str) -> Response:
        if batch_id not in self.batches:
            return Response(status_code=404)
        if not self._is_done():
            return JSONResponse({"id": batch_id, "status": "in_progress"})
        lines = []
        for index, item in enumerate(self.batches[batch_id]):
            is_bad = index in self.failing_items
            body = {"error": {}} if is_bad else self.completion(item["body"])
            response = {"status_code": 500 if is_bad else 200, "body": body}
            lines.append(json.dumps({"custom_id": item["id"], "response": response}))
        self._files[f"out-{batch_id}"] = ("\n".join(lines) + "\n").encode()
        done = {"id": batch_id, "status": "completed", "output_file_id": f"out-{batch_id}"}
        return JSONResponse(done)

    async def _content(self, file_id: str) -> Response:
        return Response(self._files[file_id])

    async def _message_batch(self, batch_id: str) -> Response:
        status = "ended" if self._is_done() else "in_progress"
        return JSONResponse({"id": batch_id, "processing_status": status})

    async def _results(self, batch_id: str) -> Response:
        lines = []
        for index, item in enumerate(self.batches[batch_id]):
            result: dict[str, Any] = {"type": "succeeded", "message": self.message(item["body"])}
            if index in self.failing_items:
                result = {"type": "expired"}
            lines.append(json.dumps({"custom_id": item["id"], "result": result}))
        return Response("\n".join(lines))


def status(code: int, **headers: str) -> Behaviour:
    async def answer(_request: Request) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response("no JSON", status_code=code, headers=named)

    return answer


def body(text: str) -> Behaviour:
    async def answer(_request: Request) -> Response:
        return Response(text, media_type="application/json")

    return answer


async def hang(request: Request) -> Response:
    """Nothing, until the client gives up."""
    while not await request.is_disconnected():
        await asyncio.sleep(0.01)
    return Response()


async def drip(request: Request) -> Response:
    """A blank now and then, never an end."""

    async def blanks() -> AsyncIterator[bytes]:
        while not await request.is_disconnected():
            yield b" "
            await asyncio.sleep(0.01)

    return StreamingResponse(blanks())


@contextmanager
def serving() -> Iterator[ScriptedEndpoint]:
    """An endpoint at a free port of this machine."""
    endpoint = ScriptedEndpoint()
    config = uvicorn.Config(endpoint.app(), port=0, log_level="warning", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    endpoint.url = f"http://127.0.0.1:{port}"
    yield endpoint
    server.should_exit = True
    thread.join()
