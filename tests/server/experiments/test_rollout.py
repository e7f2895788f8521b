"""Experiments over HTTP: changed by operators, followed by every server within a second."""

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks.redis_server import RedisServer
from rollout import RolloutError
from server.settings import Settings
from tests.server.conftest import MakeClient
from tests.server.experiments.conftest import (
    AS_OPERATOR,
    TREATMENT,
    OpenOperator,
    Operator,
    document,
)

FOLLOW_SECONDS = 20.0


async def until_arms(operator: Operator, wanted: set[str]) -> None:
    deadline = time.monotonic() + FOLLOW_SECONDS
    while set(await operator.arms()) != wanted:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_a_ramp_by_hand(open_operator: OpenOperator) -> None:
    """Two servers: what is changed at one, both serve."""
    async with open_operator() as first, open_operator() as second:
        assert (await first.get())["experiments"] == []
        await first.run()
        halves = {"formats treatment", "formats control"}
        for operator in (first, second):
            await until_arms(operator, halves)
        assert await first.arms() == await second.arms()
        assert (await second.act("promote", to=1.0, reason="looks well")).status_code == 200
        for operator in (first, second):
            await until_arms(operator, {"stable control"})
            served = (await operator.client.http.get("/v1/models")).json()["data"][0]["arms"]
            assert [each["prompt_format"] for each in served] == ["zeta1"]
        history = (await first.get("/history"))["entries"]
        assert [each["action"] for each in history] == ["promote", "start", "apply"]
        assert (history[0]["reasons"], history[0]["treatment"]) == (["looks well"], "treatment")
        shown = await first.get()
        assert shown["experiments"][0]["status"] == "promoted"
        assert shown["stable"] == {"prompt_format": "zeta1"}


async def test_what_is_rolled_back_is_served_to_nobody(open_operator: OpenOperator) -> None:
    async with open_operator() as first, open_operator() as second:
        await first.run()
        await until_arms(second, {"formats treatment", "formats control"})
        before = await second.client.metric('foretype_rollout_share{arm="treatment"')
        await first.act("rollback", actor="ann", reason="users complain")
        await until_arms(second, {"stable control"})
        assert (before, await second.client.metric("foretype_rollout_share{")) == (0.5, 0.0)
        assert (await second.get("/history"))["entries"][0]["actor"] == "ann"


async def test_a_promotion_that_is_repeated_is_made_once(open_operator: OpenOperator) -> None:
    """The answer was lost, and whoever asked asks again."""
    async with open_operator() as operator:
        await operator.run(stages=[0.1, 0.2, 1.0])
        answer = await operator.act("promote")
        assert (answer.status_code, answer.json()["error"]["message"]) == (
            409,
            "say to which share: the next stage is 0.2",
        )
        assert (await operator.act("promote", to=0.2)).status_code == 200
        answer = await operator.act("promote", to=0.2)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "refused_change")
        assert (await operator.get())["experiments"][0]["stage"] == 1


async def test_all_that_runs_is_rolled_back_at_once(open_operator: OpenOperator) -> None:
    """And no request needs a body."""
    async with open_operator() as operator:
        await operator.apply(document())
        post = partial(operator.client.http.post, headers=AS_OPERATOR)
        assert (await post("/v1/rollout/experiments/formats/start")).status_code == 200
        answer = await post("/v1/rollout/kill")
        assert answer.json()["experiments"][0]["status"] == "rolled_back"
        [last] = (await operator.get("/history?limit=1"))["entries"]
        assert (last["actor"], last["action"]) == ("api", "rollback")
        answer = await post("/v1/rollout/kill", json={"actor": "ann"})
        assert (answer.status_code, answer.json()["error"]["message"]) == (409, "nothing runs")


async def test_what_was_noted_last_is_told(open_operator: OpenOperator) -> None:
    async with open_operator() as operator:
        await operator.run(layer_share=[0.0, 0.2])
        reason = "the numbers are good"
        answered = (await operator.act("approve", actor="ann", reason=reason)).json()
        [shown] = (await operator.get())["experiments"]
        assert (shown["share"], shown["has_approval"]) == (pytest.approx(0.1), True)
        last = shown["last"]
        assert [last[name] for name in ("actor", "action", "treatment", "reasons")] == [
            "ann",
            "approve",
            None,
            [reason],
        ]
        assert answered["experiments"][0] == shown | {"last": None}


async def test_a_document_is_tried_before_it_is_applied(open_operator: OpenOperator) -> None:
    async with open_operator() as operator:
        planned = (await operator.apply(document(), dry_run=True)).json()
        assert planned == {
            "changes": ["formats: new, a draft until it is started"],
            "revision": 0,
        }
        assert (await operator.get())["document"] is None
        await operator.apply(document())
        planned = (await operator.apply(document(2, min_users=900), dry_run=True)).json()
        assert planned["changes"] == ["formats.min_users: 200 -> 900"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (document(2), "1 would"),
        (document(stages=[0.2, 0.1, 1.0]), "stages must grow"),
        (document(salt="No Salt"), "experiments.0.salt"),
        (document(treatments=[{"key": "t", "changes": {"prompt_format": "none"}}]), "known: "),
        ({"version": 1, "experiments": [], "more": 1}, "more"),
        ({}, "version"),
    ],
)
async def test_a_document_that_cannot_be_taken(
    open_operator: OpenOperator, fields: dict[str, Any], words: str
) -> None:
    async with open_operator() as operator:
        for dry_run in (True, False):
            answer = await operator.apply(fields, dry_run=dry_run)
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == (422, "invalid_document")
            assert words in error["message"]
        assert (await operator.get())["revision"] == 0


async def test_changes_that_are_refused(open_operator: OpenOperator) -> None:
    async with open_operator() as operator:
        await operator.apply(document())
        for action, key in (("promote", "formats"), ("start", "others"), ("resume", "formats")):
            answer = await operator.act(action, key)
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "refused_change")
        assert (await operator.act("explode")).status_code == 422
        assert (await operator.get())["revision"] == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/history"),
        ("PUT", "/document"),
        ("POST", "/experiments/formats/start"),
        ("POST", "/kill"),
    ],
)
async def test_only_operators(open_operator: OpenOperator, method: str, path: str) -> None:
    body = {"document": document()} if method == "PUT" else {}
    async with open_operator() as operator, open_operator(admin_token=None) as closed:
        for headers, status, code in (
            ({}, 401, "unauthenticated"),
            ({"authorization": "Basic x"}, 401, "unauthenticated"),
            ({"authorization": "Bearer another-token-as-long"}, 403, "forbidden"),
        ):
            answer = await operator.client.http.request(
                method, f"/v1/rollout{path}", json=body, headers=headers
            )
            assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        answer = await closed.client.http.request(
            method, f"/v1/rollout{path}", json=body, headers=AS_OPERATOR
        )
        assert answer.status_code == 403


async def test_a_server_without_experiments(make_client: MakeClient) -> None:
    async with make_client(None, Settings()) as client:
        answer = await client.http.get("/v1/rollout", headers=AS_OPERATOR)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "rollout_off")


async def test_nobody_is_in_an_experiment_without_a_name(open_operator: OpenOperator) -> None:
    """A window's session is no unit: one developer has many."""
    async with open_operator() as operator:
        await operator.run()
        await until_arms(operator, {"formats treatment", "formats control"})
        body = {"path": "a.py", "text": "x = ", "cursor": 4}
        arms = [
            (await operator.client.predict(**body, session=f"window-{n}"))["experiment"]
            for n in range(6)
        ]
        assert set(arms) == {"stable"}


async def test_a_server_starts_from_what_it_followed_last(
    redis_server: RedisServer, make_client: MakeClient, tmp_path: Path, open_operator: OpenOperator
) -> None:
    kept = {"store": redis_server.url, "last_good": tmp_path / "last-good.json"}
    async with open_operator(**kept) as operator:
        await operator.run()
        await until_arms(operator, {"formats treatment", "formats control"})
        while not (tmp_path / "last-good.json").exists():
            await asyncio.sleep(0.02)
        while '"running"' not in (tmp_path / "last-good.json").read_text():
            await asyncio.sleep(0.02)
    redis_server.kill()
    async with open_operator(**kept) as operator:
        assert set(await operator.arms()) == {"formats treatment", "formats control"}
        assert await operator.client.metric("foretype_rollout_current") == 0.0
        answer = await operator.act("rollback")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["error"]["code"] == "rollout_store_unavailable"
        redis_server.start()
        deadline = time.monotonic() + FOLLOW_SECONDS
        while (await operator.act("rollback")).status_code == 503:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        await until_arms(operator, {"stable control"})


async def test_without_a_store_that_answers_everybody_gets_what_the_settings_say(
    redis_server: RedisServer, open_operator: OpenOperator
) -> None:
    redis_server.kill()
    async with open_operator(store=redis_server.url) as operator:
        assert set(await operator.arms()) == {"stable control"}


async def test_a_store_that_can_never_be_ends_the_start(open_operator: OpenOperator) -> None:
    with pytest.raises(RolloutError, match="redis://"):
        async with open_operator(store="ftp://somewhere"):
            pass


async def test_a_treatment_that_this_server_cannot_serve_is_served_to_nobody(
    open_operator: OpenOperator, store: str
) -> None:
    """Written by a newer server, which has a format more."""
    from rollout.desk import Action, RolloutDesk, Wish
    from rollout.experiments.catalogue import Catalogue
    from rollout.experiments.document import read_fields
    from rollout.store.opening import open_store

    newer = {"key": "treatment", "changes": {"prompt_format": "zeta9"}}
    opened = open_store(store)
    desk = RolloutDesk(opened, Catalogue({"zeta9"}))
    desk.apply(read_fields(document(stages=[0.5, 1.0], treatments=[newer])), "newer")
    desk.carry_out(Wish(Action.START, "formats", "newer"))
    opened.close()
    async with open_operator() as operator:
        assert set(await operator.arms()) == {"stable control"}
        assert (await operator.get())["experiments"][0]["status"] == "running"


async def test_treatments_differ_in_what_they_show(open_operator: OpenOperator) -> None:
    """The same question of two arms: each in its own format."""
    async with open_operator() as operator:
        await operator.run(treatments=[TREATMENT])
        await until_arms(operator, {"formats treatment", "formats control"})
        prompts = {len(request.prompt_tokens) for request in operator.client.engine.requests}
        assert len(prompts) > 1
