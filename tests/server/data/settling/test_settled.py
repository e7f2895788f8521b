"""Regions that the server watches, from request to record, over HTTP."""

from typing import Any

import pytest

from eventlog import SettledRecord
from model import FakeEngine
from tests.server.data.conftest import ASK, DataClient, OpenData, raw, records, until

QUIET_SECONDS = 0.4
LINE = {"row": 1, "column": 11}


async def edits(data: DataClient, *edits: Any, **fields: Any) -> dict[str, Any]:
    body = {"user": "ann", "session": "window", "path": ASK["path"], "edits": edits, **fields}
    answer = await data.http.post("/v1/edits", json=body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def typed(text: str, **at: int) -> dict[str, Any]:
    place = LINE | at
    return {"start": place, "end": place, "new_text": text}


def settled(data: DataClient) -> list[SettledRecord]:
    return [each for each in records(data.folder) if isinstance(each, SettledRecord)]


async def test_a_region_settles_with_what_the_user_made_of_it(open_data: OpenData) -> None:
    async with open_data(settle_seconds=QUIET_SECONDS) as data:
        await data.consent()
        answer = await data.predict(version=0)
        assert (await edits(data, typed("width + height"), version=1)) == {
            "standing": "applied",
            "watching": 1,
        }
        await until(data, "foretype_settled_total", 1)
        kept = await data.client.metric("foretype_kept_bytes_total")
        candidate = await data.client.metric("foretype_candidate_bytes_total")
        assert (await edits(data, version=2))["standing"] == "unknown"
    [record] = settled(data)
    assert record.prediction_id == answer["prediction_id"]
    assert (record.source, record.arm) == ("server", "control")
    assert record.text is not None
    assert "width + height" in record.text
    assert record.consent.is_complete
    assert record.seconds_to_settle is not None
    assert record.seconds_to_settle >= QUIET_SECONDS
    assert (record.num_syntax_errors_before, record.num_syntax_errors_after) == (0, 0)
    assert 0 < kept < candidate


async def test_requests_alone_tell_enough(open_data: OpenData) -> None:
    """Also of a line that came in far above the region."""
    engine = FakeEngine(["width * height\n"] * 3)
    async with open_data(engine, settle_seconds=QUIET_SECONDS) as data:
        await data.consent()
        rows = "".join(f"ROW_{number} = {number}\n" for number in range(20))
        text = rows + ASK["text"]
        first = await data.predict(text=text, cursor=len(text))
        text = "import math\n" + text + "width"
        await data.predict(text=text, cursor=len(text))
        await until(data, "foretype_settled_total", 2)
    by_id = {each.prediction_id: each for each in settled(data)}
    assert by_id[first["prediction_id"]].text == "    return width"


async def test_without_consent_there_are_counts_alone(open_data: OpenData) -> None:
    async with open_data(settle_seconds=QUIET_SECONDS) as data:
        await data.predict(can_collect_data=False, version=0)
        await edits(data, typed("sesame_open"), version=1)
        await until(data, "foretype_settled_total", 1)
    [record] = settled(data)
    assert record.text is None
    assert record.counts.reference_new_bytes > 0
    assert b"sesame" not in raw(data.folder)


async def test_a_consent_taken_back_meanwhile(open_data: OpenData) -> None:
    async with open_data(settle_seconds=QUIET_SECONDS) as data:
        await data.consent()
        await data.predict(version=0)
        await data.http.delete(
            "/v1/users/ann/consents?project=*",
            headers={"authorization": "Bearer an-administrators-token"},
        )
        await until(data, "foretype_settled_total", 1)
    [record] = settled(data)
    assert record.text is None


async def test_late_early_and_repeated_messages(open_data: OpenData) -> None:
    async with open_data(settle_seconds=QUIET_SECONDS) as data:
        await data.consent()
        await data.predict(version=5)
        second = await edits(data, typed("b", column=12), version=7)
        first = await edits(data, typed("a"), version=6)
        again = await edits(data, typed("a"), version=6)
        await until(data, "foretype_settled_total", 1)
    assert [each["standing"] for each in (second, first, again)] == ["held", "applied", "repeated"]
    assert settled(data)[0].text == "    return ab"


async def test_clients_that_watch_themselves_are_left_alone(open_data: OpenData) -> None:
    async with open_data(settle_seconds=QUIET_SECONDS) as data:
        await data.predict(reports_settled=True)
        assert (await edits(data, version=1))["watching"] == 0


@pytest.mark.parametrize(
    ("settings", "steps", "reason"),
    [
        ({}, [{"closed": True}], "closed"),
        ({}, [{"edits": [typed("x" * 5000)]}], "too_large"),
        ({"settle_ttl_seconds": 0.2}, [], "expired"),
    ],
)
async def test_regions_that_never_settle(
    open_data: OpenData, settings: dict[str, Any], steps: list[dict[str, Any]], reason: str
) -> None:
    async with open_data(**{"settle_seconds": QUIET_SECONDS, **settings}) as data:
        await data.predict()
        for step in steps:
            await edits(data, *step.pop("edits", []), **step)
        await until(data, f'foretype_regions_dropped_total{{reason="{reason}"}}', 1)
        assert await data.client.metric("foretype_regions_watched") == 0
    assert not settled(data)


@pytest.mark.parametrize(
    "edit",
    [
        typed("x", row=99),
        typed("x", column=99),
        {"start": {"row": 1, "column": 9}, "end": {"row": 1, "column": 2}, "new_text": ""},
    ],
)
async def test_edits_outside_the_text_change_nothing(
    open_data: OpenData, edit: dict[str, Any]
) -> None:
    async with open_data(settle_seconds=QUIET_SECONDS) as data:
        await data.consent()
        await data.predict()
        body = {"user": "ann", "session": "window", "path": ASK["path"]}
        answer = await data.http.post("/v1/edits", json={**body, "edits": [typed("good"), edit]})
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "invalid_range"
        await until(data, "foretype_settled_total", 1)
    assert settled(data)[0].text == "    return "


async def test_erasing_forgets_what_is_watched(open_data: OpenData) -> None:
    async with open_data(settle_seconds=60.0) as data:
        await data.consent()
        await data.predict()
        await data.http.delete(
            "/v1/users/ann/data", headers={"authorization": "Bearer an-administrators-token"}
        )
        await until(data, 'foretype_regions_dropped_total{reason="erased"}', 1)


async def test_a_client_cannot_report_what_the_server_has_settled(open_data: OpenData) -> None:
    """The first word counts, whoever says it."""
    async with open_data(settle_seconds=QUIET_SECONDS) as data:
        answer = await data.predict()
        await until(data, "foretype_settled_total", 1)
        counts = dict.fromkeys(
            (
                *("candidate_new", "reference_new", "candidate_deleted", "reference_deleted"),
                *("kept", "correctly_deleted", "discarded", "context"),
            ),
            0,
        )
        receipt = await data.report(
            "settled",
            settled=[{"prediction_id": answer["prediction_id"], "edit_bytes": counts}],
        )
    assert receipt["repeated"] == 1
    assert len(settled(data)) == 1
