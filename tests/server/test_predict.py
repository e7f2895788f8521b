"""``POST /v1/predict`` as an editor sees it."""

from typing import Any

import pytest

from model import FakeEngine, FakePace
from rollout import RolloutConfig
from server.settings import Settings
from tests.server.conftest import MakeClient

PYTHON = "def add(a, b):\n    ret\n\nprint(add(1, 2))\n"
LONG_ANSWERS = Settings(rollout=RolloutConfig(max_output_tokens=400))
CURSOR = PYTHON.index("ret") + len("ret")


def apply(text: str, edits: list[dict[str, Any]], codec: str = "utf-8", width: int = 1) -> str:
    """What an editor that counts in ``codec`` units makes of the edits."""
    units = text.encode(codec)
    for edit in reversed(edits):
        start = edit["range"]["start"]["offset"] * width
        end = edit["range"]["end"]["offset"] * width
        units = units[:start] + edit["new_text"].encode(codec) + units[end:]
    return units.decode(codec)


async def test_answers_the_edit_in_both_forms(make_client: MakeClient) -> None:
    async with make_client(FakeEngine(["urn a + b\n"])) as client:
        answer = await client.predict(path="add.py", text=PYTHON, cursor=CURSOR)
    assert answer["reason"] is None
    assert apply(PYTHON, answer["edits"]) == PYTHON.replace("    ret\n", "    return a + b\n")
    [edit] = answer["edits"]
    assert edit["range"]["start"] == {"offset": CURSOR, "row": 1, "column": 7}
    assert edit["new_text"] == "urn a + b"
    region = answer["editable_range"]
    start, end = region["start"]["offset"], region["end"]["offset"]
    assert PYTHON[:start] + answer["output"] + PYTHON[end:] == apply(PYTHON, answer["edits"])
    assert answer["cursor"] == {"offset": CURSOR + 9, "row": 1, "column": 16}
    assert (answer["experiment"], answer["arm"]) == ("stable", "control")
    assert answer["model_version"]
    assert answer["usage"]["prompt_tokens"] > 0
    assert answer["timing"]["total_ms"] >= answer["timing"]["render_ms"] > 0


async def test_request_ids_are_unique_and_match_the_header(make_client: MakeClient) -> None:
    async with make_client(FakeEngine(["urn a + b\n"])) as client:
        body = {"path": "add.py", "text": PYTHON, "cursor": CURSOR}
        first = await client.http.post("/v1/predict", json=body)
        second = await client.http.post("/v1/predict", json=body)
    assert first.json()["request_id"] == first.headers["x-request-id"]
    assert first.json()["request_id"] != second.json()["request_id"]


@pytest.mark.parametrize(
    ("unit", "codec", "width"),
    [("utf-8", "utf-8", 1), ("utf-16", "utf-16-le", 2), ("utf-32", "utf-32-le", 4)],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
async def test_positions_come_back_in_the_clients_unit_and_line_endings(
    make_client: MakeClient, unit: str, codec: str, width: int, newline: str
) -> None:
    before = f"# 😀 naïve{newline}x = '𝄞' + "
    text = f"{before}{newline}y = 1{newline}"
    cursor = len(before.encode(codec)) // width
    async with make_client(FakeEngine(["str(y)\n"])) as client:
        by_offset = await client.predict(path="a.py", text=text, cursor=cursor, unit=unit)
        column = len("x = '𝄞' + ".encode(codec)) // width
        by_row = await client.predict(
            path="a.py", text=text, cursor={"row": 1, "column": column}, unit=unit
        )
    expected = f"# 😀 naïve{newline}x = '𝄞' + str(y){newline}y = 1{newline}"
    assert apply(text, by_offset["edits"], codec, width) == expected
    assert by_offset["edits"] == by_row["edits"]
    assert by_offset["edits"][0]["range"]["start"]["row"] == 1
    assert by_offset["edits"][0]["range"]["start"]["column"] == column
    predicted_cursor = by_offset["cursor"]["offset"] * width
    assert expected.encode(codec)[:predicted_cursor].decode(codec).endswith("str(y)")


async def test_lines_that_are_left_alone_keep_their_endings(make_client: MakeClient) -> None:
    text = "a = 1\nb = 2\r\nc = 3\nx = \r\n"
    cursor = text.index("x = ") + 4
    async with make_client(FakeEngine(["a + b\n"])) as client:
        answer = await client.predict(path="a.py", text=text, cursor=cursor)
    assert apply(text, answer["edits"]) == text.replace("x = ", "x = a + b")
    assert answer["cursor"] == {"offset": cursor + 5, "row": 3, "column": 9}


async def test_rows_are_rows_of_the_file_when_only_an_excerpt_is_sent(
    make_client: MakeClient,
) -> None:
    async with make_client(FakeEngine(["urn a + b\n"])) as client:
        answer = await client.predict(
            path="add.py",
            text=PYTHON,
            cursor={"row": 101, "column": 7},
            excerpt_start_row=100,
        )
    assert answer["edits"][0]["range"]["start"] == {"offset": CURSOR, "row": 101, "column": 7}


async def test_what_a_newer_client_sends_besides_is_ignored(make_client: MakeClient) -> None:
    async with make_client(FakeEngine(["urn a + b\n"])) as client:
        answer = await client.predict(
            path="add.py", text=PYTHON, cursor=CURSOR, something_from_the_future={"ignored": True}
        )
    assert answer["reason"] is None


@pytest.mark.parametrize(
    ("output", "reason"),
    [("\n", "empty_output"), ("   \n", "empty_output"), ("x" * 500, "truncated")],
)
async def test_silence_has_a_reason(make_client: MakeClient, output: str, reason: str) -> None:
    async with make_client(FakeEngine([output])) as client:
        answer = await client.predict(path="add.py", text=PYTHON, cursor=CURSOR)
        assert await client.metric(f'foretype_predictions_total{{arm="control",result="{reason}"}}')
    assert answer["reason"] == reason
    assert answer["edits"] == []
    assert answer["output"] == "    ret"
    assert answer["cursor"] is None


async def test_a_deadline_ends_a_slow_answer(make_client: MakeClient) -> None:
    pace = FakePace(step_tokens=1, step_seconds=0.02)
    async with make_client(FakeEngine(["x = 1  # " * 4], pace)) as client:
        answer = await client.predict(
            path="a.py", text="a = 1\n", cursor=6, session="s", deadline_ms=60
        )
    assert answer["reason"] == "deadline_exceeded"


async def test_a_region_format_is_served_on_request(make_client: MakeClient) -> None:
    rewritten = PYTHON.replace("    ret\n", "    return a + b\n")
    async with make_client(FakeEngine([rewritten + ">>>>>>> UPDATED\n"]), LONG_ANSWERS) as client:
        answer = await client.predict(
            path="add.py", text=PYTHON, cursor=CURSOR, prompt_format="zeta2"
        )
    assert answer["reason"] is None
    assert apply(PYTHON, answer["edits"]) == rewritten
