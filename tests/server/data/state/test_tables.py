"""The same of every store of state: of one server, or of several."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.redis_server import RedisServer
from eventlog.shared_redis import SharedRedis
from server.data.consent.grants import Grant
from server.data.events import EventTable, LocalEvents
from server.data.reporting.variants import Variant
from server.data.settling.saved import RegionRow, RegionTable
from server.data.state.redis import RedisState
from server.data.state.redis_regions import RedisRegions
from server.data.state.sqlite import SqliteState

OpenState = Callable[[], SqliteState | RedisState]
OpenRegions = Callable[[], RegionTable]

NOW = datetime(2026, 11, 3, 12, 30, 1, 250_000, tzinfo=UTC)
SHOP = Grant("shop", "01A", NOW, "1", "api", "MIT")
ALL = Grant("*", "01B", NOW, "2", "cli", None)
VARIANT = Variant("baseline", "stable", "zeta2", "model+1", "0123456789")
FIRST = RegionRow("p1", "place-1", "u01", "c2VhbGVk")
SECOND = RegionRow("p2", "place-2", "u02", "d29yZHM=")


@pytest.fixture(params=["sqlite", "redis"])
def open_state(request: pytest.FixtureRequest, tmp_path: Path) -> OpenState:
    if request.param == "sqlite":
        return lambda: SqliteState(tmp_path / "state")
    server: RedisServer = request.getfixturevalue("redis_server")
    return lambda: RedisState(SharedRedis(server.url))


@pytest.fixture(params=["sqlite", "redis"])
def open_regions(request: pytest.FixtureRequest, tmp_path: Path) -> OpenRegions:
    """Leases that are over at once."""
    if request.param == "sqlite":
        return lambda: SqliteState(tmp_path / "state")
    server: RedisServer = request.getfixturevalue("redis_server")
    return lambda: RedisRegions(SharedRedis(server.url), lease_seconds=0.0, keep_seconds=60.0)


@pytest.fixture(params=["memory", "redis"])
def events(request: pytest.FixtureRequest) -> EventTable:
    if request.param == "memory":
        return LocalEvents()
    server: RedisServer = request.getfixturevalue("redis_server")
    return RedisState(SharedRedis(server.url))


def test_variants(open_state: OpenState) -> None:
    open_state().add_variant("d1", VARIANT)
    open_state().add_variant("d1", VARIANT)
    assert open_state().find_variant("d1") == VARIANT
    assert open_state().find_variant("d2") is None


def test_grants(open_state: OpenState) -> None:
    state = open_state()
    state.put_grant("u01", SHOP)
    state.put_grant("u01", ALL)
    state.put_grant("u02", SHOP)
    assert open_state().grants_of("u01") == [ALL, SHOP]
    state.remove_grant("u01", "*")
    state.remove_grant("u01", "nothing")
    assert open_state().grants_of("u01") == [SHOP]
    state.remove_grants("u01")
    assert open_state().grants_of("u01") == []
    assert open_state().grants_of("u02") == [SHOP]


def test_a_grant_takes_the_place_of_the_one_before(open_state: OpenState) -> None:
    state = open_state()
    state.put_grant("u01", Grant("shop", "01A", NOW, "1", "api", None))
    state.put_grant("u01", SHOP)
    assert state.grants_of("u01") == [SHOP]


def test_regions_of_one_that_is_gone(open_regions: OpenRegions) -> None:
    gone = open_regions()
    gone.hold_places(["place-1", "place-2"])
    gone.save_regions([FIRST, SECOND], [])
    changed = RegionRow("p1", "place-1", "u01", "Y2hhbmdlZA==")
    gone.save_regions([changed], [])
    left = open_regions()
    assert sorted(left.abandoned_regions()) == [changed, SECOND]
    left.save_regions([], [], ["p1", "p2"])
    assert left.abandoned_regions() == []
    assert left.held_places(["place-1", "place-2"]) == {"place-1", "place-2"}
    left.save_regions([], ["p1", "p2", "p3"])
    assert open_regions().abandoned_regions() == []


def test_regions_that_were_left(open_regions: OpenRegions) -> None:
    leaving = open_regions()
    leaving.hold_places(["place-1"])
    leaving.save_regions([FIRST], [])
    leaving.leave_regions()
    assert open_regions().abandoned_regions() == [FIRST]


def test_events_count_once(events: EventTable) -> None:
    assert events.known(["a", "b"]) == set()
    assert events.mark(["a"]) == {"a"}
    assert events.known(["a", "b"]) == {"a"}
    assert events.mark(["a", "b"]) == {"b"}
    assert events.mark(["a", "b"]) == set()
