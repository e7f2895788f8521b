"""A user's say: consents, what is held, and that it be gone."""

import json
from pathlib import Path
from typing import Any

import pytest

from eventlog import ConsentRecord, DeletionRecord, PredictionRecord, ReadCounts
from eventlog.opening import open_keys, segments_of
from eventlog.reading import read_records
from server.data.users.people import People
from tests.server.data.conftest import AS_ADMIN, OpenData, raw, records, until


def as_user(folder: Path, user: str) -> dict[str, str]:
    people = People(open_keys(folder).secret("user-tokens"), None)
    return {"authorization": f"Bearer {people.token_of(user)}"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "consents"),
        ("PUT", "consents"),
        ("DELETE", "consents?project=shop"),
        ("GET", "data"),
        ("DELETE", "data"),
    ],
)
async def test_only_the_user_or_the_administrator(
    open_data: OpenData, method: str, path: str
) -> None:
    async with open_data() as data:
        mine, bobs = as_user(data.folder, "ann"), as_user(data.folder, "bob")
        body = {"project": "shop", "policy_version": "1"} if method == "PUT" else None
        statuses = []
        for headers in ({}, {"authorization": "Basic x"}, bobs, {"authorization": "Bearer no"}):
            answer = await data.http.request(
                method, f"/v1/users/ann/{path}", headers=headers, json=body
            )
            statuses.append((answer.status_code, answer.json()["error"]["code"]))
        allowed = [
            await data.http.request(method, f"/v1/users/ann/{path}", headers=headers, json=body)
            for headers in (mine, AS_ADMIN)
        ]
    refused = (403, "forbidden_user")
    assert statuses == [(401, "unauthenticated"), (401, "unauthenticated"), refused, refused]
    assert [answer.status_code for answer in allowed] == [200, 200]


async def test_consents_are_on_record_for_ever(open_data: OpenData) -> None:
    async with open_data() as data:
        await data.consent(source="dialog")
        await data.consent(project="*", license_text=None)
        listed = (await data.http.get("/v1/users/ann/consents", headers=AS_ADMIN)).json()
        await data.http.delete("/v1/users/ann/consents?project=shop", headers=AS_ADMIN)
        left = (await data.http.get("/v1/users/ann/consents", headers=AS_ADMIN)).json()
    assert listed["policy_version"] == "1"
    assert [(each["project"], each["license"]) for each in listed["consents"]] == [
        ("*", None),
        ("shop", "MIT"),
    ]
    assert left["consents"] == []
    said = [each for each in records(data.folder) if isinstance(each, ConsentRecord)]
    assert [(each.action, each.project) for each in said] == [
        ("grant", "shop"),
        ("grant", "*"),
        ("revoke", "*"),
        ("revoke", "shop"),
    ]
    assert said[0].source == "dialog"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"project": "secret-project"}, 403, "forbidden_project"),
        ({"policy_version": "0"}, 409, "policy_changed"),
        ({"project": ""}, 422, "invalid_request"),
        ({"license_text": "x" * 200_001}, 422, "invalid_request"),
    ],
)
async def test_consents_that_cannot_be_given(
    open_data: OpenData, changes: dict[str, Any], status: int, code: str
) -> None:
    async with open_data(projects="shop*, tools") as data:
        body = {"project": "shop-web", "policy_version": "1"} | changes
        answer = await data.http.put("/v1/users/ann/consents", json=body, headers=AS_ADMIN)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not [each for each in records(data.folder) if isinstance(each, ConsentRecord)]


async def test_export_shows_all_that_is_held_of_the_user_alone(open_data: OpenData) -> None:
    async with open_data() as data:
        await data.consent()
        mine = await data.predict()
        await data.predict(user="bob")
        await data.outcome(mine["prediction_id"], "accepted")
    async with open_data() as data:
        answer = await data.http.get("/v1/users/ann/data", headers=AS_ADMIN)
        nothing = await data.http.get("/v1/users/nobody/data", headers=AS_ADMIN)
    shown = [json.loads(line) for line in answer.text.splitlines()]
    assert {each["kind"] for each in shown} == {"consent", "prediction", "outcome"}
    [prediction] = [each for each in shown if each["kind"] == "prediction"]
    assert "def area" in prediction["snapshot"]["prompt_input"]["cursor_excerpt"]
    assert len({each["user"] for each in shown}) == 1
    assert nothing.text == ""


async def test_erasure_makes_every_copy_unreadable(open_data: OpenData, tmp_path: Path) -> None:
    async with open_data() as data:
        await data.consent()
        await data.predict()
        await data.predict(user="bob")
    backup = {path.name: path.read_bytes() for path in segments_of(data.folder / "log")}
    pseudonym = open_keys(data.folder).key_for("ann").pseudonym
    async with open_data() as data:
        first = await data.http.delete("/v1/users/ann/data", headers=AS_ADMIN)
        again = await data.http.delete("/v1/users/ann/data", headers=AS_ADMIN)
        exported = await data.http.get("/v1/users/ann/data", headers=AS_ADMIN)
        standing = await data.http.get("/v1/users/ann/consents", headers=AS_ADMIN)
        await data.predict()
    assert (first.json(), again.json()) == ({"erased": True}, {"erased": False})
    assert exported.text == ""
    assert standing.json()["consents"] == []
    (tmp_path / "backup").mkdir()
    for name, content in backup.items():
        (tmp_path / "backup" / name).write_bytes(content)
    for folder in (data.folder / "log", tmp_path / "backup"):
        counts = ReadCounts()
        keys = open_keys(data.folder)
        left = list(read_records(segments_of(folder), counts, keys.key_named))
        assert counts.num_sealed == 2
        assert not any(each.user == pseudonym for each in left if each.kind == "prediction")
    tombstones = [each for each in records(data.folder) if isinstance(each, DeletionRecord)]
    assert [each.user for each in tombstones] == [pseudonym]
    assert pseudonym.encode() not in (data.folder / "keys.sqlite").read_bytes()
    assert pseudonym.encode() not in (data.folder / "state.sqlite").read_bytes()


async def test_an_erasure_that_was_cut_short_is_finished(open_data: OpenData) -> None:
    """Also where an older copy of the keys has been put back."""
    async with open_data() as data:
        await data.consent()
        await data.predict()
        await until(data, "foretype_regions_watched", 1)
        old_keys = (data.folder / "keys.sqlite").read_bytes()
        await data.http.delete("/v1/users/ann/data", headers=AS_ADMIN)
    (data.folder / "keys.sqlite").write_bytes(old_keys)
    assert open_keys(data.folder).find("ann") is not None
    async with open_data() as data:
        pass
    assert open_keys(data.folder).find("ann") is None
    assert not [each for each in records(data.folder) if isinstance(each, PredictionRecord)]


async def test_nothing_readable_lies_on_the_disk(open_data: OpenData) -> None:
    async with open_data() as data:
        await data.consent()
        await data.predict()
    kept = raw(data.folder)
    for word in (b"def area", b"shop/area", b"width * height", b"example.com"):
        assert word not in kept
