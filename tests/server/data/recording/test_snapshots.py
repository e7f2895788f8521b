"""What is kept of a prediction: everything with three keys, counts alone without one."""

import random
from typing import Any

import pytest

from eventlog import LicenseClass, PredictionRecord
from model import FakeEngine
from tests.eventlog.privacy.secret_corpus import TOKENS
from tests.server.data.conftest import ASK, OpenData, raw, records, until


def the_prediction(folder: Any) -> PredictionRecord:
    [record] = [each for each in records(folder) if isinstance(each, PredictionRecord)]
    return record


async def test_with_all_keys_everything_is_kept(open_data: OpenData) -> None:
    events = [{"path": "shop/tax.py", "diff": "@@ -1,1 +1,1 @@\n-a\n+b\n"}]
    related = [
        {"path": "shop/types.py", "excerpts": [{"start_row": 3, "text": "class Shape: ..."}]}
    ]
    diagnostics = [{"message": "expected expression", "range": {"start": 30, "end": 36}}]
    async with open_data() as data:
        await data.consent()
        answer = await data.predict(events=events, related_files=related, diagnostics=diagnostics)
    record = the_prediction(data.folder)
    assert record.snapshot is not None
    given = record.snapshot.prompt_input
    assert given.cursor_excerpt == ASK["text"]
    assert given.events[0].diff == events[0]["diff"]
    assert given.related_files and given.related_files[0].excerpts[0].text == "class Shape: ..."
    assert given.active_buffer_diagnostics[0].message == "expected expression"
    assert record.snapshot.output.startswith("width * height")
    assert record.snapshot.new_text is not None
    assert "width * height" in record.snapshot.new_text
    assert record.snapshot.editable_range is not None
    assert record.prediction_id == answer["prediction_id"]
    assert (record.arm, record.project, record.session) == ("control", "shop", "window")
    assert record.consent.is_complete
    assert record.consent.license_class is LicenseClass.PERMISSIVE
    assert record.consent.license == "MIT"
    assert record.num_generated_tokens > 0
    assert record.seconds["total"] > 0


@pytest.mark.parametrize(
    ("changes", "settings", "cause"),
    [
        ({"can_collect_data": False}, {}, "client"),
        ({"project": "other"}, {}, "consent"),
        ({"user": "bob"}, {}, "consent"),
        ({"path": "shop/.env"}, {}, "path"),
        ({"path": "shop/area.proto"}, {"blocked_paths": "*.proto, internal/"}, "path"),
        ({"events": [{"path": "x/id_rsa", "diff": "@@ -1,1 +1,1 @@\n-a\n+b\n"}]}, {}, "path"),
        ({"project": "unlicensed"}, {}, "license"),
    ],
)
async def test_without_one_there_are_counts_alone(
    open_data: OpenData, changes: dict[str, Any], settings: dict[str, Any], cause: str
) -> None:
    async with open_data(**settings) as data:
        await data.consent()
        await data.consent(project="unlicensed", license_text="All rights reserved.")
        await data.predict(**changes)
    [record] = [each for each in records(data.folder) if isinstance(each, PredictionRecord)]
    assert record.snapshot is None
    assert not record.project and not record.session
    assert not record.consent.is_complete
    assert record.num_generated_tokens > 0
    kept = raw(data.folder)
    for word in (b"shop/area", b"def area", b"width"):
        assert word not in kept


@pytest.mark.parametrize(
    ("changes", "settings", "license_class"),
    [
        ({"in_open_source_repo": True}, {}, LicenseClass.PERMISSIVE),
        (
            {},
            {"waived_repositories": "https://example.com/*"},
            LicenseClass.WAIVED,
        ),
    ],
)
async def test_a_licence_by_other_ways(
    open_data: OpenData,
    changes: dict[str, Any],
    settings: dict[str, Any],
    license_class: LicenseClass,
) -> None:
    async with open_data(**settings) as data:
        await data.consent(project="*", license_text=None)
        await data.predict(**changes)
    record = the_prediction(data.folder)
    assert record.consent.license_class is license_class
    assert record.snapshot is not None


async def test_a_revoked_consent_counts_no_more(open_data: OpenData) -> None:
    async with open_data() as data:
        await data.consent()
        await data.predict()
        await until(data, "foretype_regions_watched", 1)
        answer = await data.http.delete(
            "/v1/users/ann/consents?project=shop",
            headers={"authorization": "Bearer an-administrators-token"},
        )
        assert answer.json()["consents"] == []
        await data.predict(text="def area(width, height):\n    return  ", cursor=37)
    first, second = [each for each in records(data.folder) if isinstance(each, PredictionRecord)]
    assert {first.snapshot is None, second.snapshot is None} == {True, False}


async def test_consent_survives_a_restart(open_data: OpenData) -> None:
    async with open_data() as data:
        await data.consent()
    async with open_data() as data:
        await data.predict()
    assert the_prediction(data.folder).snapshot is not None


async def test_an_older_policy_counts_no_more(open_data: OpenData) -> None:
    async with open_data() as data:
        await data.consent()
    async with open_data(policy_version="2") as data:
        await data.predict()
        metric = 'foretype_consent_refusals_total{cause="policy"}'
        # The worker counts after the answer has gone.
        while not await data.client.metric(metric):
            pass
    assert the_prediction(data.folder).snapshot is None


async def test_a_secret_nearby_is_taken_out(open_data: OpenData) -> None:
    secret = TOKENS["github"](random.Random(3))
    start = f'TOKEN = "{secret}"\n' + "x = 1\n" * 30
    text = start + ASK["text"]
    async with open_data() as data:
        await data.consent()
        await data.predict(
            text=text,
            cursor=len(text),
            events=[{"path": "a.py", "diff": f"@@ -1,1 +1,1 @@\n-a\n+{secret}\n"}],
        )
    record = the_prediction(data.folder)
    assert record.snapshot is not None
    given = record.snapshot.prompt_input
    assert given.cursor_excerpt.startswith('TOKEN = "<github-pat>"\n')
    assert given.events[0].diff == "@@ -1,1 +1,1 @@\n-a\n+<github-pat>\n"
    assert given.cursor_offset_in_excerpt == len(given.excerpt_bytes)
    assert secret not in record.model_dump_json()


async def test_a_secret_in_the_region_drops_the_text(open_data: OpenData) -> None:
    secret = TOKENS["github"](random.Random(4))
    text = f'connect("{secret}", '
    async with open_data(FakeEngine(["retries=3)\n"])) as data:
        await data.consent()
        await data.predict(text=text, cursor=len(text))
    assert the_prediction(data.folder).snapshot is None
