"""Servers that share a Redis: one consent, one log, each report and each region once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.redis_server import RedisServer
from eventlog import Record, SettledRecord
from eventlog.brokers.opening import open_broker
from eventlog.opening import existing_keys
from eventlog.reading import ReadCounts, parse_line, to_record
from eventlog.segments import EventLogError
from model import FakeEngine
from server.data import DataConfig
from server.settings import Settings
from tests.server.conftest import MakeClient
from tests.server.data.conftest import ADMIN, AS_ADMIN, ASK, DataClient, OpenData, until
from tests.server.data.settling.test_settled import edits, typed

QUIET_SECONDS = 0.5


class Shared:
    """What the servers share, and how to open another one."""

    def __init__(self, redis: RedisServer, log: str, folder: Path, make: MakeClient) -> None:
        self.redis = redis
        self.log = log
        self._master_key = f"file:{folder / 'master.key'}"
        self._folder = folder
        self._make = make

    @asynccontextmanager
    async def server(self, **settings: Any) -> AsyncIterator[DataClient]:
        config = DataConfig(
            redis=self.redis.url,
            log=self.log,
            master_key=self._master_key,
            admin_token=ADMIN,
            **{"settle_seconds": QUIET_SECONDS} | settings,
        )
        engine = FakeEngine(["width * height\n"] * 9)
        async with self._make(engine, Settings(data=config)) as client:
            yield DataClient(client, self._folder)

    def records(self) -> list[Record]:
        """All that is in the log, opened; twice what is there twice."""
        keys = existing_keys(self.redis.url, self._master_key).key_named
        _sink, source = open_broker(self.log, 1 << 20, {})
        found = (to_record(parse_line(line), ReadCounts(), keys) for line in source.lines())
        return [record for record in found if record is not None]

    def settled(self) -> dict[str, str | None]:
        """Text by prediction; each is there once."""
        records = [each for each in self.records() if isinstance(each, SettledRecord)]
        assert not [name for name, n in Counter(r.prediction_id for r in records).items() if n > 1]
        return {record.prediction_id: record.text for record in records}


OpenServer = Callable[..., AbstractAsyncContextManager[DataClient]]


@pytest.fixture(params=["redis", "kafka"])
def shared(
    request: pytest.FixtureRequest,
    redis_server: RedisServer,
    tmp_path: Path,
    make_client: MakeClient,
) -> Shared:
    log = redis_server.url
    if request.param == "kafka":
        log = f"kafka://{request.getfixturevalue('kafka_servers')}/test"
    return Shared(redis_server, log, tmp_path, make_client)


async def total(metric: str, *servers: DataClient) -> float:
    return sum([await server.client.metric(metric) for server in servers])


async def test_what_one_made_the_other_knows(shared: Shared) -> None:
    async with shared.server() as first, shared.server() as second:
        await first.consent()
        standing = await second.http.get("/v1/users/ann/consents", headers=AS_ADMIN)
        assert [each["project"] for each in standing.json()["consents"]] == ["shop"]
        prediction = (await first.predict())["prediction_id"]
        await until(first, 'foretype_event_log_records_total{record_class="text"}', 1)
        assert (await second.outcome(prediction, "accepted"))["recorded"] == 1
        assert (await first.outcome(prediction, "accepted"))["repeated"] == 1
        assert (await second.outcome(prediction, "accepted"))["repeated"] == 1
        assert await total("foretype_outcomes_total", first, second) == 1
        exported = await second.http.get("/v1/users/ann/data", headers=AS_ADMIN)
        assert "def area" in exported.text
    kinds = Counter(record.kind for record in shared.records())
    assert kinds["outcome"] == 1
    assert kinds["prediction"] == 1


async def test_reports_to_both_at_once_count_once(shared: Shared) -> None:
    async with shared.server() as first, shared.server() as second:
        prediction = (await first.predict())["prediction_id"]
        await until(first, 'foretype_event_log_records_total{record_class="counts"}', 1)
        receipts = await asyncio.gather(
            *(server.outcome(prediction, "shown") for server in (first, second) * 10)
        )
        assert sum(receipt["recorded"] for receipt in receipts) == 1
        assert await total("foretype_outcomes_total", first, second) == 1


async def test_erased_for_all(shared: Shared) -> None:
    async with shared.server() as first, shared.server() as second:
        await first.consent()
        await first.predict()
        await until(first, 'foretype_event_log_records_total{record_class="text"}', 1)
        erased = await second.http.delete("/v1/users/ann/data", headers=AS_ADMIN)
        assert erased.json() == {"erased": True}
    assert {record.kind for record in shared.records()} == {"deletion"}


async def projects(server: DataClient) -> list[str]:
    """What the user's consents are for."""
    standing = await server.http.get("/v1/users/ann/consents", headers=AS_ADMIN)
    return [each["project"] for each in standing.json()["consents"]]


async def test_consent_is_taken_back_wherever_it_was_given(shared: Shared) -> None:
    """Also where this server has just seen that there is none."""
    async with shared.server() as first, shared.server() as second:
        await first.consent()
        await first.http.delete("/v1/users/ann/consents?project=shop", headers=AS_ADMIN)
        await second.predict()
        await until(second, 'foretype_consent_refusals_total{cause="consent"}', 1)
        await first.consent()
        await second.http.delete("/v1/users/ann/consents?project=shop", headers=AS_ADMIN)
        assert await projects(first) == await projects(second) == []


async def test_what_follows_an_erasure_on_another_server_is_of_the_new_user(
    shared: Shared,
) -> None:
    async with shared.server() as first, shared.server() as second:
        await first.consent()
        assert await projects(second) == ["shop"]
        await first.http.delete("/v1/users/ann/data", headers=AS_ADMIN)
        await second.consent(project="next")
        assert await projects(first) == await projects(second) == ["next"]
        await first.http.delete("/v1/users/ann/data", headers=AS_ADMIN)
        await first.consent(project="last")
        erased = await second.http.delete("/v1/users/ann/data", headers=AS_ADMIN)
        assert erased.json() == {"erased": True}
        assert await projects(first) == await projects(second) == []
    with shared.redis.client() as redis:
        assert redis.keys("foretype:grants:*") == []


async def test_data_that_cannot_be_read_is_no_broken_answer(shared: Shared) -> None:
    async with shared.server() as server:
        await server.consent()
        shared.redis.kill()
        answer = await server.http.get("/v1/users/ann/data", headers=AS_ADMIN)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "key_store_unusable")
        shared.redis.start()


async def test_a_session_that_moves_takes_its_regions_along(shared: Shared) -> None:
    """Typed on one server, then on another: the other one settles it, with the right text."""
    async with shared.server(settle_seconds=3.0) as first, shared.server() as second:
        await first.consent()
        answer = await first.predict(version=0)
        await edits(first, typed("height"), version=1)
        await asyncio.sleep(1.5)  # long enough to be written down
        text = "import math\n" + ASK["text"] + "height"
        await second.predict(text=text, cursor=len(text), version=2)
        await edits(second, typed(" * 2", row=2, column=17), version=3)
        await until(second, "foretype_settled_total", 2)
        await until(first, 'foretype_regions_dropped_total{reason="moved"}', 1)
        assert await first.client.metric("foretype_settled_total") == 0
    assert shared.settled()[answer["prediction_id"]] == "    return height * 2"


async def test_a_region_without_consent_is_not_guessed_when_its_session_moves(
    shared: Shared,
) -> None:
    async with shared.server(settle_seconds=1.0) as first, shared.server() as second:
        await first.predict()
        await until(first, "foretype_regions_watched", 1)
        await second.predict()
        await until(second, "foretype_settled_total", 1)
        await until(first, 'foretype_regions_dropped_total{reason="moved"}', 1)
    assert len(shared.settled()) == 1


async def test_edits_that_cannot_be_placed_settle_nothing(shared: Shared) -> None:
    """The other server has not seen the file, and what the first one knew of it is old."""
    async with shared.server(settle_seconds=3.0) as first, shared.server() as second:
        await first.consent()
        await first.predict(version=0)
        await asyncio.sleep(1.5)
        await edits(second, typed("height"), version=1)
        await until(second, 'foretype_regions_dropped_total{reason="lost"}', 1)
        await until(first, 'foretype_regions_dropped_total{reason="moved"}', 1)
    assert shared.settled() == {}


async def test_a_server_that_stops_leaves_its_regions_to_the_others(shared: Shared) -> None:
    async with shared.server() as second:
        async with shared.server(settle_seconds=60.0) as first:
            await first.consent()
            answer = await first.predict(version=0)
            await edits(first, typed("height"), version=1)
        await until(second, "foretype_settled_total", 1)
    assert shared.settled() == {answer["prediction_id"]: "    return height"}


async def test_redis_goes_and_comes_back(shared: Shared) -> None:
    """Predictions go on; what has to be durable says 503; what was watched settles after all."""
    async with shared.server(settle_seconds=1.0) as server:
        await server.consent()
        answer = await server.predict(version=0)
        while await server.client.metric("foretype_regions_watched") != 1:
            await asyncio.sleep(0.02)
        shared.redis.kill()
        outcomes = [{"prediction_id": answer["prediction_id"], "outcome": "accepted"}]
        report = {"user": "ann", "outcomes": outcomes}
        refused = await server.http.post("/v1/outcomes", json=report)
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert refused.json()["error"]["code"] == "log_unavailable"
        assert (await server.predict(session="other"))["prediction_id"]
        await asyncio.sleep(1.5)
        assert await server.client.metric("foretype_settled_total") == 0
        shared.redis.start()
        while (await server.http.post("/v1/outcomes", json=report)).status_code == 503:
            await asyncio.sleep(0.1)
        await until(server, "foretype_settled_total", 2)
    assert answer["prediction_id"] in shared.settled()


async def test_redis_hangs(shared: Shared) -> None:
    """Predictions do not wait for it; whoever has to is told so soon."""
    async with shared.server() as server:
        await server.consent()
        first = await server.predict(version=0)
        shared.redis.hang()
        try:
            for number in range(20):
                answer = await server.predict(session=f"window{number}")
                assert answer["timing"]["total_ms"] < 1000
            report = {"prediction_id": first["prediction_id"], "outcome": "shown"}
            body = {"user": "ann", "outcomes": [report]}
            refused = await server.http.post("/v1/outcomes", json=body)
            assert (refused.status_code, refused.json()["error"]["code"]) == (
                503,
                "log_unavailable",
            )
            body = {"user": "ann", "session": "window", "path": ASK["path"], "edits": []}
            late = await server.http.post("/v1/edits", json=body)
            assert late.status_code in (200, 503)
        finally:
            shared.redis.go_on()
        while await server.client.metric("foretype_settled_total") < 21:
            await asyncio.sleep(0.05)
        assert (await server.outcome(first["prediction_id"], "shown"))["recorded"] == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"redis": "redis://x", "folder": "/x"}, "set one of them"),
        ({"log": "kafka://x"}, "share a Redis"),
        ({"store": "file:///x"}, "data folder"),
        ({"redis": "redis://127.0.0.1:1"}, "does not answer"),
        ({"redis": "127.0.0.1"}, "redis://"),
    ],
)
async def test_settings_that_do_not_go_together(
    open_data: OpenData, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(EventLogError, match=message):
        async with open_data(**{"folder": None} | settings):
            pass
