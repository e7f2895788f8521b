"""User code is secret: a canary sent through every field shows up in no log, metric or error."""

import asyncio
import io
import json
import logging
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from model import FakeEngine
from server.data import DataConfig
from server.logs import configure_logs
from server.settings import Settings
from tests.eventlog.privacy.secret_corpus import TOKENS
from tests.server.conftest import MakeClient
from tests.server.data.conftest import LICENSE
from tests.server.data.reporting.test_reports import EDIT_BYTES

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


async def test_nor_what_clients_say_of_predictions_and_users(
    make_client: MakeClient, logs: io.StringIO, tmp_path: Path
) -> None:
    """Through every other endpoint, with secrets in the code, well and badly formed."""
    token = f"admin-{CANARY}"
    data = DataConfig(
        folder=tmp_path / "data", admin_token=token, min_free_mb=0, settle_seconds=0.2
    )
    headers = {"authorization": f"Bearer {token}"}
    user, mine = f"/v1/users/{CANARY}", BODY | {"can_collect_data": True, "project": CANARY}
    secret = TOKENS["github"](random.Random(8)) + CANARY
    file = {"user": CANARY, "session": CANARY, "path": f"{CANARY}.py"}
    place = {"row": 0, "column": 0}
    async with make_client(FakeEngine(["1 + 1\n"] * 9), Settings(data=data)) as client:
        http = client.http
        consent = {
            "project": CANARY,
            "policy_version": "1",
            "license_text": LICENSE + CANARY,
            "source": CANARY,
        }
        answers = [await http.put(f"{user}/consents", json=consent, headers=headers)]
        for text in (f"{CANARY} = ", f'k = "{secret}"\n' + "y = 1\n" * 60 + "x = "):
            body = mine | {"text": text, "cursor": len(text), "diagnostics": []}
            answers.append(await http.post("/v1/predict", json=body))
        name = answers[1].json()["prediction_id"]
        outcome = {"prediction_id": name, "outcome": "accepted"}
        zeros = dict.fromkeys(EDIT_BYTES, 0)
        settled = {"prediction_id": name, "edit_bytes": zeros, "text": secret, "path": CANARY}
        edit = {"start": place, "end": place, "new_text": secret}
        reports: list[tuple[str, dict[str, Any]]] = [
            ("outcomes", {"user": CANARY, "outcomes": [outcome]}),
            ("outcomes", {"user": CANARY, "outcomes": [outcome | {"prediction_id": CANARY}]}),
            ("outcomes", {"user": CANARY, "outcomes": [outcome | {"outcome": CANARY}]}),
            ("settled", {"user": CANARY, "settled": [settled]}),
            ("settled", {"user": CANARY, "settled": [settled | {"text": [CANARY]}]}),
            ("edits", file | {"edits": [edit]}),
            ("edits", file | {"edits": [edit | {"end": {"row": 99, "column": 0}}]}),
            ("edits", file | {"edits": CANARY}),
        ]
        for path, body in reports:
            answers.append(await http.post(f"/v1/{path}", json=body))
        answers.append(
            await http.put(f"{user}/consents", json={"project": CANARY}, headers=headers)
        )
        for method, path in (("GET", "consents"), ("DELETE", f"consents?project={CANARY}")):
            answers.append(await http.request(method, f"{user}/{path}"))
        while not await client.metric("foretype_settled_total"):
            await asyncio.sleep(0.02)
        answers.append(await http.delete(f"{user}/data", headers=headers))
        metrics = (await http.get("/metrics")).text
    statuses = [answer.status_code for answer in answers]
    assert statuses == [200, 200, 200, 200, 200, 422, 200, 422, 200, 400, 422, 422, 401, 401, 200]
    errors = "".join(answer.text for answer in answers if answer.status_code >= 400)
    assert "foretype_redactions_total{" in metrics
    for word in (CANARY, secret[:40]):
        assert word not in metrics + errors + logs.getvalue()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert CANARY.encode() not in kept


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
