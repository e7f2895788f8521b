"""Outcomes and settled states: credited rightly, written once, refused by the right word."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eventlog import OutcomeRecord, PredictionRecord, SettledRecord
from eventlog.opening import open_keys
from model import FakeEngine
from server.data.reporting.prediction_ids import PredictionIds
from tests.eventlog.privacy.secret_corpus import planted
from tests.server.conftest import MakeClient
from tests.server.data.conftest import ASK, DataClient, OpenData, raw, records

EDIT_BYTES = {
    "candidate_new": 14,
    "reference_new": 20,
    "candidate_deleted": 0,
    "reference_deleted": 2,
    "kept": 10,
    "correctly_deleted": 0,
    "discarded": 4,
    "context": 30,
}


def aged(folder: Path, prediction_id: str, by: timedelta) -> str:
    """The same prediction, had it been made earlier."""
    ids = PredictionIds(open_keys(folder).secret("prediction-ids"))
    made = (datetime.now(UTC) - by).timestamp()
    return ids.make_at(made, ids.read(prediction_id, "ann").variant, "ann")


def settled(prediction_id: str, **changes: Any) -> dict[str, Any]:
    return {"prediction_id": prediction_id, "edit_bytes": EDIT_BYTES, **changes}


async def test_an_outcome_is_credited_to_its_arm(open_data: OpenData) -> None:
    async with open_data() as data:
        prediction = await data.predict()
        receipt = await data.outcome(
            prediction["prediction_id"], "accepted", was_shown=True, e2e_ms=120
        )
        metric = 'foretype_outcomes_total{arm="control",experiment="stable",outcome="accepted"'
        assert await data.client.metric(metric) == 1
    assert receipt == {"recorded": 1, "repeated": 0, "refused": []}
    [made] = [each for each in records(data.folder) if isinstance(each, PredictionRecord)]
    [record] = [each for each in records(data.folder) if isinstance(each, OutcomeRecord)]
    assert record.prediction_id == made.prediction_id
    assert (record.experiment, record.arm, record.model_version, record.config_version) == (
        (made.experiment, made.arm, made.model_version, made.config_version)
    )
    assert record.user == made.user
    assert (record.outcome, record.was_shown, record.e2e_seconds) == ("accepted", True, 0.12)


async def test_the_same_outcome_counts_once(open_data: OpenData) -> None:
    """In one batch, in the next, and after a restart."""
    async with open_data() as data:
        prediction_id = (await data.predict())["prediction_id"]
        shown = {"prediction_id": prediction_id, "outcome": "shown"}
        first = await data.report("outcomes", outcomes=[shown, shown])
        again = await data.report("outcomes", outcomes=[shown])
        other = await data.outcome(prediction_id, "rated", rating="positive")
        assert await data.client.metric("foretype_reports_repeated_total") == 2
    async with open_data() as data:
        later = await data.report("outcomes", outcomes=[shown])
    assert (first["recorded"], first["repeated"]) == (1, 1)
    assert (again["recorded"], again["repeated"]) == (0, 1)
    assert (other["recorded"], later["repeated"]) == (1, 1)
    assert len([each for each in records(data.folder) if isinstance(each, OutcomeRecord)]) == 2


async def test_ids_live_through_a_restart(open_data: OpenData) -> None:
    async with open_data() as data:
        prediction_id = (await data.predict())["prediction_id"]
    async with open_data() as data:
        assert (await data.outcome(prediction_id, "accepted"))["recorded"] == 1


async def test_bad_ids_are_refused_one_by_one(open_data: OpenData) -> None:
    async with open_data() as data:
        good = (await data.predict())["prediction_id"]
        bobs = (await data.predict(user="bob"))["prediction_id"]
        old = aged(data.folder, good, timedelta(hours=25))
        ids = ["nonsense", good[:-1] + ("a" if good[-1] != "a" else "b"), bobs, old, good]
        receipt = await data.report(
            "outcomes", outcomes=[{"prediction_id": each, "outcome": "accepted"} for each in ids]
        )
        counted = [
            await data.client.metric(f'foretype_reports_refused_total{{code="{word}_prediction_id"')
            for word in ("unknown", "forged", "foreign", "expired")
        ]
    assert receipt["recorded"] == 1
    assert receipt["refused"] == [
        {"index": 0, "code": "unknown_prediction_id"},
        {"index": 1, "code": "forged_prediction_id"},
        {"index": 2, "code": "foreign_prediction_id"},
        {"index": 3, "code": "expired_prediction_id"},
    ]
    assert counted == [1, 1, 1, 1]
    [record] = [each for each in records(data.folder) if isinstance(each, OutcomeRecord)]
    assert record.prediction_id == good


@pytest.mark.parametrize(
    "outcome",
    [
        {},
        {"outcome": "loved"},
        {"outcome": "rated"},
        {"outcome": "shown", "rating": "positive"},
        {"outcome": "rejected", "reject_reason": "because"},
        {"outcome": "accepted", "e2e_ms": -1},
        {"outcome": "partially_accepted", "num_accepted_chars": -5},
    ],
)
async def test_outcomes_that_are_none(open_data: OpenData, outcome: dict[str, Any]) -> None:
    async with open_data() as data:
        prediction_id = (await data.predict())["prediction_id"]
        body = {"user": "ann", "outcomes": [{"prediction_id": prediction_id, **outcome}]}
        answer = await data.http.post("/v1/outcomes", json=body)
    assert answer.status_code == 422
    assert not [each for each in records(data.folder) if isinstance(each, OutcomeRecord)]


async def test_a_settled_state(open_data: OpenData) -> None:
    async with open_data() as data:
        await data.consent()
        prediction_id = aged(
            data.folder, (await data.predict())["prediction_id"], timedelta(seconds=30)
        )
        report = settled(
            prediction_id,
            text="    return height * width",
            path="shop/area.py",
            project="shop",
            can_collect_data=True,
            settled_after_ms=12_500,
            syntax_errors_before=1,
            syntax_errors_after=0,
        )
        first = await data.report("settled", settled=[report])
        again = await data.report("settled", settled=[report])
        kept = await data.client.metric("foretype_kept_bytes_total")
        candidate = await data.client.metric("foretype_candidate_bytes_total")
    assert (first["recorded"], again["repeated"]) == (1, 1)
    assert (kept, candidate) == (10, 14)
    [record] = [each for each in records(data.folder) if isinstance(each, SettledRecord)]
    assert record.text == "    return height * width"
    assert record.consent.is_complete
    assert record.seconds_to_settle == 12.5
    assert (record.num_syntax_errors_before, record.num_syntax_errors_after) == (1, 0)
    assert record.counts.kept_rate == pytest.approx(10 / 14)
    assert record.counts.recall_rate == pytest.approx(10 / 22)
    assert record.source == "client"


@pytest.mark.parametrize(
    "changes",
    [
        {"can_collect_data": False},
        {"project": "other"},
        {"path": "shop/.env"},
        {"path": None},
        {"text": planted(num_each=1)[1][1]},
    ],
)
async def test_settled_text_needs_all_keys_too(
    open_data: OpenData, changes: dict[str, Any]
) -> None:
    async with open_data() as data:
        await data.consent()
        prediction_id = aged(
            data.folder, (await data.predict())["prediction_id"], timedelta(seconds=30)
        )
        report = settled(
            prediction_id,
            **{
                "text": "sesame_open",
                "path": "shop/area.py",
                "project": "shop",
                "can_collect_data": True,
                **changes,
            },
        )
        assert (await data.report("settled", settled=[report]))["recorded"] == 1
    [record] = [each for each in records(data.folder) if isinstance(each, SettledRecord)]
    assert record.text is None
    assert record.counts.kept_bytes == 10
    assert b"sesame_open" not in raw(data.folder)


async def test_settled_states_that_cannot_be(open_data: OpenData) -> None:
    async with open_data() as data:
        fresh = (await data.predict())["prediction_id"]
        soon = aged(data.folder, fresh, timedelta(seconds=30))
        late = aged(data.folder, fresh, timedelta(minutes=11))
        receipt = await data.report(
            "settled",
            settled=[
                settled(fresh),
                settled(soon, text="x" * 4097),
                settled(late),
                settled("none"),
            ],
        )
    assert [each["code"] for each in receipt["refused"]] == [
        "settled_too_early",
        "region_too_large",
        "expired_prediction_id",
        "unknown_prediction_id",
    ]
    assert not [each for each in records(data.folder) if isinstance(each, SettledRecord)]


@pytest.mark.parametrize(
    "changes",
    [{"kept": 11}, {"kept": 100, "candidate_new": 104}, {"correctly_deleted": 1}, {"context": -1}],
)
async def test_counts_that_cannot_be(open_data: OpenData, changes: dict[str, int]) -> None:
    async with open_data() as data:
        prediction_id = (await data.predict())["prediction_id"]
        report = settled(prediction_id, edit_bytes=EDIT_BYTES | changes)
        answer = await data.http.post("/v1/settled", json={"user": "ann", "settled": [report]})
    assert answer.status_code == 422


async def test_a_report_answers_only_when_it_is_durable(open_data: OpenData) -> None:
    """What was acknowledged is in the open segment, not merely on its way there."""
    async with open_data() as data:
        prediction_id = (await data.predict())["prediction_id"]
        await data.outcome(prediction_id, "accepted")
        found = [each for each in records(data.folder) if isinstance(each, OutcomeRecord)]
    assert len(found) == 1


async def test_without_a_log_reports_are_counted(make_client: MakeClient) -> None:
    async with make_client(FakeEngine(["width * height\n"])) as client:
        data = DataClient(client, Path())
        prediction = await client.predict(**ASK)
        assert (await data.outcome(prediction["prediction_id"], "accepted"))["recorded"] == 1
        assert await client.metric("foretype_outcomes_total") == 1
        answer = await client.http.get("/v1/users/ann/consents")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "data_off"
