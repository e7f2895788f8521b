"""The error table: complete, and each of its rows produced by a real request."""

import pytest

import eventlog.keys
import eventlog.segments
import model
import prompt_format
import rollout
import server.data
from model import (
    EngineOverloaded,
    EngineUnavailable,
    FakeAnswer,
    FakeEngine,
    PromptTooLong,
    UnencodableText,
)
from server.errors import ERRORS, ErrorRow
from tests.server.conftest import MakeClient

NEVER_ON_A_REQUEST = {
    "DataError": "base class",
    "EngineError": "base class",
    "EventLogError": "base class",
    "LogInUse": "stops the start",
    "LogUnusable": "stops the start",
    "ModelFilesError": "stops the start",
    "PromptFormatError": "base class",
    "RolloutError": "base class",
}


PACKAGES = (model, prompt_format, rollout, server.data, eventlog.keys, eventlog.segments)


def test_every_public_exception_has_a_row() -> None:
    public = {
        getattr(package, name)
        for package in PACKAGES
        for name in package.__all__
        if isinstance(getattr(package, name), type)
        and issubclass(getattr(package, name), Exception)
    }
    missing = {error.__name__ for error in public - set(ERRORS)}
    assert missing == set(NEVER_ON_A_REQUEST)


@pytest.mark.parametrize(
    "error",
    [
        EngineOverloaded("full"),
        EngineUnavailable("down"),
        PromptTooLong("long"),
        UnencodableText(0),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_engine_errors_are_answered_by_their_row(
    make_client: MakeClient, error: model.EngineError
) -> None:
    answers = [FakeAnswer("ok\n"), FakeAnswer(error=error)]
    async with make_client(FakeEngine(answers)) as client:
        response = await client.http.post(
            "/v1/predict", json={"path": "a.py", "text": "x = ", "cursor": 4}
        )
    row: ErrorRow = ERRORS[type(error)]
    assert response.status_code == row.status
    assert response.json()["error"]["code"] == error.code == row.code
    assert response.headers.get("retry-after") == ("1" if row.retry else None)


async def test_an_unforeseen_error_leaks_nothing(
    make_client: MakeClient, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "canary_91c2"

    def script(request: model.GenerationRequest) -> str:
        if b"boom" in bytes(request.prompt_tokens):
            raise RuntimeError(secret)
        return "ok\n"

    async with make_client(FakeEngine(script)) as client:
        response = await client.http.post(
            "/v1/predict", json={"path": "a.py", "text": "boom = ", "cursor": 7}
        )
        assert await client.metric("foretype_predictions_in_flight") == 0
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "internal"
    assert response.json()["error"]["request_id"] == response.headers["x-request-id"]
    output = capsys.readouterr()
    assert secret not in response.text + output.out + output.err


async def test_predictions_wait_for_the_warm_up(make_client: MakeClient) -> None:
    import httpx

    from server.app import create_app
    from server.settings import Settings

    app = create_app(Settings(), engine=FakeEngine())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        alive = await http.get("/healthz")
        ready = await http.get("/readyz")
        predict = await http.post("/v1/predict", json={"path": "a", "text": "", "cursor": 0})
    assert alive.status_code == 200
    assert ready.status_code == predict.status_code == 503
    assert ready.json()["error"]["code"] == predict.json()["error"]["code"] == "not_ready"
    assert predict.headers["retry-after"] == "1"
