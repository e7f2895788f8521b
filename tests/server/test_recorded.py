"""Requests of every released version are understood for ever; their answers keep their shape."""

import json
from pathlib import Path

import pytest

from model import FakeEngine
from tests.server.conftest import MakeClient

RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.json"))


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
async def test_a_recorded_request_is_answered_as_it_was(
    make_client: MakeClient, file: Path
) -> None:
    recorded = json.loads(file.read_text())
    async with make_client(FakeEngine([recorded["output"]])) as client:
        answer = await client.predict(**recorded["request"])
    assert {name: answer[name] for name in recorded["answer"]} == recorded["answer"]
