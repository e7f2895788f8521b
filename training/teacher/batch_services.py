"""The batch interfaces of both kinds of endpoint: send many requests, ask whether they are done.

- ``openai``: a file of requests is uploaded, a batch made of it; answers and errors come as files;
- ``anthropic``: the requests are sent with the batch; answers come from its ``results``.

Both may leave requests unanswered: failed, expired, canceled. These simply have no answer.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from training.teacher.dialects import Dialect
from training.teacher.endpoint import Endpoint
from training.teacher.errors import InvalidAnswer
from training.teacher.values import Answer, Question

OPENAI_DONE = frozenset({"completed", "failed", "expired", "cancelled"})
OK = 200


class BatchService(Protocol):
    """Every method raises ``RowError`` or ``RunError`` as ``Endpoint`` does."""

    async def submit(self, questions: Sequence[Question]) -> str:
        """Send a batch; answers its id."""
        ...

    async def answers(self, batch_id: str) -> dict[str, Answer] | None:
        """The good answers by the keys of their questions; None while it is not done."""
        ...


@dataclass(frozen=True, slots=True)
class OpenAiBatches:
    """See the module."""

    endpoint: Endpoint
    dialect: Dialect

    async def submit(self, questions: Sequence[Question]) -> str:
        """See ``BatchService``."""
        lines = [json.dumps(self._request(question)) + "\n" for question in questions]
        uploaded = await self.endpoint.json(
            "POST",
            "/v1/files",
            data={"purpose": "batch"},
            files={"file": ("requests.jsonl", "".join(lines).encode(), "application/jsonl")},
        )
        batch = {
            "input_file_id": _text(uploaded, "id"),
            "endpoint": self.dialect.path,
            "completion_window": "24h",
        }
        made = await self.endpoint.json("POST", "/v1/batches", json=batch, is_repeatable=False)
        return _text(made, "id")

    async def answers(self, batch_id: str) -> dict[str, Answer] | None:
        """See ``BatchService``."""
        batch = await self.endpoint.json("GET", f"/v1/batches/{batch_id}")
        if _text(batch, "status") not in OPENAI_DONE:
            return None
        output = batch.get("output_file_id")
        if not output:
            return {}
        body = await self.endpoint.body("GET", f"/v1/files/{output}/content")
        return dict(self._read(body))

    def _request(self, question: Question) -> dict[str, Any]:
        return {
            "custom_id": question.key,
            "method": "POST",
            "url": self.dialect.path,
            "body": self.dialect.body(question),
        }

    def _read(self, body: bytes) -> Iterator[tuple[str, Answer]]:
        for key, item in _items(body):
            response = item.get("response")
            if not isinstance(response, dict) or response.get("status_code") != OK:
                continue
            yield from _good(self.dialect, key, response.get("body"))


@dataclass(frozen=True, slots=True)
class AnthropicBatches:
    """See the module."""

    endpoint: Endpoint
    dialect: Dialect

    async def submit(self, questions: Sequence[Question]) -> str:
        """See ``BatchService``."""
        requests = [
            {"custom_id": question.key, "params": self.dialect.body(question)}
            for question in questions
        ]
        made = await self.endpoint.json(
            "POST", "/v1/messages/batches", json={"requests": requests}, is_repeatable=False
        )
        return _text(made, "id")

    async def answers(self, batch_id: str) -> dict[str, Answer] | None:
        """See ``BatchService``."""
        batch = await self.endpoint.json("GET", f"/v1/messages/batches/{batch_id}")
        if _text(batch, "processing_status") != "ended":
            return None
        body = await self.endpoint.body("GET", f"/v1/messages/batches/{batch_id}/results")
        return dict(self._read(body))

    def _read(self, body: bytes) -> Iterator[tuple[str, Answer]]:
        for key, item in _items(body):
            result = item.get("result")
            if isinstance(result, dict) and result.get("type") == "succeeded":
                yield from _good(self.dialect, key, result.get("message"))


def batch_service(api: str, endpoint: Endpoint, dialect: Dialect) -> BatchService:
    """The batches of an endpoint of the kind ``api``."""
    if api == "anthropic":
        return AnthropicBatches(endpoint, dialect)
    return OpenAiBatches(endpoint, dialect)


def _items(body: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """The readable lines of a result, with their keys."""
    for line in body.splitlines():
        try:
            item = json.loads(line)
        except ValueError:
            continue
        if isinstance(item, dict) and isinstance(item.get("custom_id"), str):
            yield item["custom_id"], item


def _good(dialect: Dialect, key: str, body: Any) -> Iterator[tuple[str, Answer]]:
    try:
        yield key, dialect.read(body)
    except InvalidAnswer:
        return


def _text(body: Any, name: str) -> str:
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, str):
        raise InvalidAnswer(f"the endpoint's answer has no {name}")
    return value
