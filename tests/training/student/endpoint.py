"""An endpoint on this machine that answers by script, for what talks to endpoints."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ScriptedEndpoint:
    """Gives ``answers`` (status, body) in turn, the last one ever after. Remembers requests."""

    answers: Sequence[tuple[int, bytes]]
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def scripted_endpoint(*answers: tuple[int, bytes]) -> Iterator[ScriptedEndpoint]:
    """Serve ``answers`` on a free port."""
    endpoint = ScriptedEndpoint(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            place = min(len(endpoint.requests), len(endpoint.answers) - 1)
            endpoint.requests.append(json.loads(body))
            endpoint.headers.append(dict(self.headers))
            endpoint.paths.append(self.path)
            status, answer = endpoint.answers[place]
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        endpoint.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join()


def completion(*texts: str, finish_reason: str = "stop", tokens: int = 4) -> tuple[int, bytes]:
    """A good answer."""
    choices = [
        {"index": number, "text": text, "finish_reason": finish_reason}
        for number, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": 11, "completion_tokens": tokens}
    return 200, json.dumps({"choices": choices, "usage": usage}).encode()
