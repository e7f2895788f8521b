"""User code is secret: a canary sent through every field shows up in no log, metric or error."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

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
def logs() -> Iterator[io.StringIO]:
    """What the process logs at the most talkative level, the test's own client left out."""
    root, client = logging.getLogger(), logging.getLogger("httpx")
    handlers, level = root.handlers[:], root.level
    printed = io.StringIO()
    configure_logs("debug", printed)
    client.setLevel(logging.WARNING)
    yield printed
    structlog.reset_defaults()
    client.setLevel(logging.NOTSET)
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_nothing_a_client_sends_is_logged_or_counted(
    make_client: MakeClient, logs: io.StringIO
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
    assert '"event": "prediction"' in logs.getvalue()
    assert CANARY not in metrics + errors + logs.getvalue()


def test_logs_are_one_json_object_per_line(logs: io.StringIO) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("some.library").exception("it %s", "broke")
    [line] = logs.getvalue().splitlines()
    record = json.loads(line)
    assert record["event"] == "it broke"
    assert record["exception"] == "ValueError"
    assert "test_secrecy.py" in record["places"][0]
    assert CANARY not in line
