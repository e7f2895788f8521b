"""Who watches a region when several servers could: the one that heard of its file last."""

import threading
import time

from benchmarks.redis_server import RedisServer
from eventlog.shared_redis import SharedRedis
from server.data.settling.saved import RegionRow
from server.data.state.redis_regions import LEASES, RedisRegions

FIRST = RegionRow("p1", "place-1", "u01", "c2VhbGVk")
OTHER = RegionRow("p1", "place-1", "u01", "b3RoZXI=")


def server(redis: RedisServer, lease: float = 60.0, keep: float = 60.0) -> RedisRegions:
    return RedisRegions(SharedRedis(redis.url), lease, keep)


def watching(redis: RedisServer, lease: float = 60.0, keep: float = 60.0) -> RedisRegions:
    regions = server(redis, lease, keep)
    regions.hold_places(["place-1"])
    regions.save_regions([FIRST], [])
    return regions


def test_who_hears_of_the_file_takes_its_regions(redis_server: RedisServer) -> None:
    first, second = watching(redis_server), server(redis_server)
    assert first.hold_places(["place-1"]) == []
    assert second.hold_places(["place-1", "place-2"]) == [FIRST]
    second.save_regions([], [], ["p1"])
    assert second.hold_places(["place-1"]) == []
    assert first.held_places(["place-1", "place-2", "place-3"]) == {"place-3"}
    assert second.held_places(["place-1", "place-2"]) == {"place-1", "place-2"}


def test_who_never_got_the_answer_is_given_it_again(redis_server: RedisServer) -> None:
    watching(redis_server, lease=0.0)
    second, third = server(redis_server, lease=0.0), server(redis_server)
    for _each in range(2):
        assert second.hold_places(["place-1"]) == [FIRST]
        assert second.abandoned_regions() == [FIRST]
    second.save_regions([], [], ["p1", "p2"])
    assert second.hold_places(["place-1"]) == second.abandoned_regions() == []
    assert third.hold_places(["place-1"]) == [FIRST]
    second.save_regions([], [], ["p1"])
    assert third.hold_places(["place-1"]) == [FIRST]


def test_who_has_lost_the_file_writes_and_forgets_nothing_of_it(redis_server: RedisServer) -> None:
    first, second = watching(redis_server), server(redis_server)
    second.hold_places(["place-1"])
    second.save_regions([OTHER], [])
    first.save_regions([FIRST], ["p1"])
    assert first.hold_places(["place-1"]) == [OTHER]


def test_nobody_takes_what_is_watched(redis_server: RedisServer) -> None:
    first = watching(redis_server)
    assert server(redis_server).abandoned_regions() == []
    assert first.held_places(["place-1"]) == {"place-1"}


def test_a_lease_that_is_over(redis_server: RedisServer) -> None:
    watching(redis_server, lease=0.2)
    second, third = server(redis_server), server(redis_server)
    assert second.abandoned_regions() == []
    time.sleep(0.3)
    assert second.abandoned_regions() == [FIRST]
    assert third.abandoned_regions() == []


def test_whoever_is_alive_keeps_what_is_overdue(redis_server: RedisServer) -> None:
    first = watching(redis_server, lease=0.0)
    assert first.abandoned_regions() == []
    assert first.held_places(["place-1"]) == {"place-1"}


def test_of_all_who_look_one_gets_it(redis_server: RedisServer) -> None:
    first = server(redis_server, lease=0.0)
    rows = [RegionRow(f"p{number}", f"place-{number}", "u01", "eA==") for number in range(150)]
    first.hold_places([row.place for row in rows])
    first.save_regions(rows, [])
    found: list[RegionRow] = []
    threads = [
        threading.Thread(target=lambda: found.extend(server(redis_server).abandoned_regions()))
        for _each in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(rows)


def test_a_restart_of_redis_forgets_nothing(redis_server: RedisServer) -> None:
    first = watching(redis_server)
    redis_server.kill()
    redis_server.start()
    assert first.held_places(["place-1"]) == {"place-1"}
    assert server(redis_server).hold_places(["place-1"]) == [FIRST]


def test_nothing_stays_for_ever(redis_server: RedisServer) -> None:
    watching(redis_server, lease=0.0, keep=1.0)
    time.sleep(1.2)
    assert server(redis_server).abandoned_regions() == []
    with redis_server.client() as client:
        assert client.keys() == []
        assert client.zcard(LEASES) == 0
