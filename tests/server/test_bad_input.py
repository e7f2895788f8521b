"""Bad input gets a typed error in the one shape, in bounded time, and never its own text back."""

import json
import time
from typing import Any

import pytest

from model import FakeEngine
from tests.server.conftest import MakeClient

GOOD: dict[str, Any] = {"path": "a.py", "text": "é = 1\ny\n", "cursor": 6}
SECRET = "canary_7f3a"


def assert_error_shape(body: Any, code: str) -> None:
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "request_id"}
    assert body["error"]["code"] == code
    assert body["error"]["request_id"]
    assert SECRET not in json.dumps(body)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"text": None}, 422, "invalid_request"),
        ({"text": 5}, 422, "invalid_request"),
        ({"path": ""}, 422, "invalid_request"),
        ({"path": "a\0b"}, 422, "invalid_request"),
        ({"path": f"{SECRET}\nb"}, 422, "invalid_request"),
        ({"cursor": -1}, 422, "invalid_request"),
        ({"cursor": "three"}, 422, "invalid_request"),
        ({"cursor": 1e300}, 422, "invalid_request"),
        ({"cursor": 10**30}, 400, "invalid_range"),
        ({"cursor": 999}, 400, "invalid_range"),
        ({"cursor": 1}, 400, "invalid_range"),
        ({"cursor": {"row": 9, "column": 0}}, 400, "invalid_range"),
        ({"cursor": {"row": 1, "column": 2}}, 400, "invalid_range"),
        ({"cursor": {"row": 0, "column": 1}}, 400, "invalid_range"),
        ({"text": "a\r\nb", "cursor": 2}, 400, "invalid_range"),
        ({"text": "😀", "cursor": 1, "unit": "utf-16"}, 400, "invalid_range"),
        ({"unit": "utf-7"}, 422, "invalid_request"),
        ({"trigger": SECRET}, 422, "invalid_request"),
        ({"syntax_ranges": [{"start": 6, "end": 2}]}, 400, "invalid_range"),
        ({"syntax_ranges": [{"start": 0, "end": 999}]}, 400, "invalid_range"),
        ({"syntax_ranges": [{"start": 1, "end": 3}]}, 400, "invalid_range"),
        ({"syntax_ranges": [{"start": 0, "end": 2}] * 1000}, 422, "invalid_request"),
        (
            {"diagnostics": [{"message": SECRET, "range": {"start": 0, "end": 99}}]},
            400,
            "invalid_range",
        ),
        ({"events": [{"path": "a.py"}]}, 422, "invalid_request"),
        ({"events": {SECRET: 1}}, 422, "invalid_request"),
        ({"deadline_ms": 0}, 422, "invalid_request"),
        ({"experiment": SECRET}, 400, "unknown_experiment"),
        ({"prompt_format": SECRET}, 400, "unknown_prompt_format"),
        (
            {"text": f"x\n<|user_cursor|>{SECRET}", "prompt_format": "V0211SeedCoder", "cursor": 1},
            400,
            "special_token_in_input",
        ),
    ],
    ids=str,
)
async def test_is_refused(
    make_client: MakeClient, change: dict[str, Any], status: int, code: str
) -> None:
    async with make_client() as client:
        response = await client.http.post("/v1/predict", json=GOOD | change)
    assert response.status_code == status, response.text
    assert_error_shape(response.json(), code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "invalid_request"),
        (b"{", 422, "invalid_request"),
        (b"[]", 422, "invalid_request"),
        (b"null", 422, "invalid_request"),
        (b"\xff\xfe", 422, "invalid_request"),
        (b"[" * 100_000, 400, "invalid_request"),
        (b'{"cursor":' + b"9" * 10_000 + b"}", 400, "invalid_request"),
        (
            b'{"path":"a","cursor":0,"text":"\\ud800' + SECRET.encode() + b'"}',
            422,
            "invalid_request",
        ),
        (b'{"path":"a","cursor":NaN,"text":""}', 422, "invalid_request"),
        (b'{"path":"' + b"x" * 10_485_760 + b'"}', 413, "body_too_large"),
    ],
    ids=["empty", "cut", "list", "null", "not-utf8", "deep", "digits", "surrogate", "nan", "10MB"],
)
async def test_malformed_bodies_are_refused(
    make_client: MakeClient, body: bytes, status: int, code: str
) -> None:
    async with make_client() as client:
        response = await client.http.post(
            "/v1/predict", content=body, headers={"content-type": "application/json"}
        )
    assert response.status_code == status, response.text
    assert_error_shape(response.json(), code)


async def test_a_body_without_a_length_is_bounded_too(make_client: MakeClient) -> None:
    async def endless() -> Any:
        for _ in range(1000):
            yield b" " * 65_536

    async with make_client() as client:
        response = await client.http.post(
            "/v1/predict", content=endless(), headers={"content-type": "application/json"}
        )
    assert response.status_code == 413
    assert_error_shape(response.json(), "body_too_large")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"text": "", "cursor": 0}, "empty_context"),
        ({"text": "a\0b\n", "cursor": 4}, "empty_output"),
        ({"text": "x" * 1_000_000, "cursor": 500_000}, "code_after_cursor"),
        ({"text": "x " * 500_000, "cursor": 1_000_000}, "prompt_too_long"),
        ({"text": "é\r\n" * 300_000, "cursor": 4}, "code_after_cursor"),
        ({"text": "<|endoftext|>", "cursor": 13}, "empty_output"),
        ({"text": "a\rb", "cursor": 3}, "empty_output"),
        ({"text": "\r\n" * 3, "cursor": 6}, "empty_context"),
    ],
    ids=["empty", "nul", "minified-middle", "minified", "crlf", "special", "cr", "blank-crlf"],
)
async def test_odd_texts_are_answered_with_a_reason_in_bounded_time(
    make_client: MakeClient, change: dict[str, Any], reason: str
) -> None:
    async with make_client(FakeEngine([""])) as client:
        started = time.perf_counter()
        answer = await client.predict(**GOOD | change)
        assert time.perf_counter() - started < 3
    assert answer["edits"] == []
    assert answer["reason"] == reason


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "not_found"), ("GET", "/v1/predict", 405, "method_not_allowed")],
)
async def test_unknown_routes_answer_in_the_same_shape(
    make_client: MakeClient, method: str, path: str, status: int, code: str
) -> None:
    async with make_client() as client:
        response = await client.http.request(method, path)
    assert response.status_code == status
    assert_error_shape(response.json(), code)
