"""User code is secret: a canary sent through every field shows up in no log, metric or error."""

import json
import logging
from collections.abc import Iterator

import pytest

from model import FakeEngine
from server.logs import configure_logs
from tests.server.conftest import MakeClient

CANARY = "canary_5d8e"
BODY = {
    "path": f"{CANARY}.py",
    "text": f"{CANARY} = ",
    "cursor": len(CANARY) + 3,
    "language": CANARY,
    "events": [{"path": CANARY, "diff": f"@@ -1,1 +1,1 @@\n-{CANARY}\n+x\n"}],
    "related_files": [{"path": CANARY, "excerpts": [{"start_row": 0, "text": CANARY}]}],
    "diagnostics": [{"message": CANARY, "range": {"start": 0, "end": 2}}],
    "session": CANARY,
    "user": CANARY,
    "repo_url": f"https://example.org/{CANARY}",
}


@pytest.fixture
def logs_on() -> Iterator[None]:
    """JSON logs at the most talkative level, undone afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logs("debug")
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_nothing_a_client_sends_is_logged_or_counted(
    make_client: MakeClient, capsys: pytest.CaptureFixture[str], logs_on: None
) -> None:
    async with make_client(FakeEngine(["1 + 1\n"])) as client:
        answers = [
            await client.http.post("/v1/predict", json=BODY | change)
            for change in (
                {},
                {"cursor": 10_000},
                {"unit": CANARY},
                {CANARY: CANARY},
                {"experiment": CANARY},
                {"prompt_format": CANARY},
            )
        ]
        answers.append(await client.http.get(f"/{CANARY}"))
        answers.append(await client.http.post("/v1/predict", content=CANARY))
        metrics = (await client.http.get("/metrics")).text
    assert [answer.status_code for answer in answers] == [200, 400, 422, 200, 400, 400, 404, 422]
    errors = "".join(answer.text for answer in answers if answer.status_code >= 400)
    printed = capsys.readouterr()
    assert '"event": "prediction"' in printed.err
    assert CANARY not in metrics + errors + printed.out + printed.err


async def test_logs_are_one_json_object_per_line(
    capsys: pytest.CaptureFixture[str], logs_on: None
) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("some.library").exception("it %s", "broke")
    [line] = capsys.readouterr().err.splitlines()
    record = json.loads(line)
    assert record["event"] == "it broke"
    assert record["exception"] == "ValueError"
    assert "test_secrecy.py" in record["places"][0]
    assert CANARY not in line
