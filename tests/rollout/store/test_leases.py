"""The same of every store: one leader, for as long as it says so."""

import sqlite3
import time
from pathlib import Path

from benchmarks.redis_server import RedisServer
from tests.rollout.store.conftest import Open, OpenAt
from tests.rollout.store.entries import eventually
from tests.rollout.store.test_stores import at_once


def test_one_leads(open_one: Open) -> None:
    ann, bob = open_one(), open_one()
    assert ann.lead("ann", 60.0)
    assert not bob.lead("bob", 60.0)
    assert ann.lead("ann", 60.0)


def test_of_all_who_ask_at_once_one_leads(open_one: Open) -> None:
    stores = [open_one() for _each in range(8)]
    answers: list[bool] = []
    at_once(lambda number: answers.append(stores[number].lead(f"holder-{number}", 60.0)))
    assert sorted(answers) == [False] * 7 + [True]


def test_a_lease_ends_of_itself(open_one: Open) -> None:
    ann, bob = open_one(), open_one()
    started = time.monotonic()
    assert ann.lead("ann", 0.5)
    eventually(lambda: bob.lead("bob", 60.0))
    assert time.monotonic() - started > 0.49
    assert not ann.lead("ann", 60.0)


def test_a_leader_that_asks_again_stays(open_one: Open) -> None:
    ann, bob = open_one(), open_one()
    assert ann.lead("ann", 0.5)
    assert ann.lead("ann", 60.0)
    first_would_end = time.monotonic() + 0.7
    while time.monotonic() < first_would_end:
        assert not bob.lead("bob", 60.0)


def test_only_the_leader_resigns(open_one: Open) -> None:
    ann, bob = open_one(), open_one()
    bob.resign("bob")
    assert ann.lead("ann", 60.0)
    bob.resign("bob")
    assert not bob.lead("bob", 60.0)
    ann.resign("ann")
    assert bob.lead("bob", 60.0)


def test_a_lease_of_before_the_machine_was_restarted(tmp_path: Path, open_at: OpenAt) -> None:
    path = tmp_path / "rollout.sqlite"
    store = open_at(str(path))
    assert store.lead("ann", 60.0)
    database = sqlite3.connect(path)
    with database:
        database.execute("UPDATE lease SET since = since + 1000000")
    database.close()
    assert store.lead("bob", 60.0)


def test_a_lease_outlives_redis(redis_server: RedisServer, open_at: OpenAt) -> None:
    assert open_at(redis_server.url).lead("ann", 60.0)
    redis_server.kill()
    redis_server.start()
    assert not open_at(redis_server.url).lead("bob", 60.0)
    assert open_at(redis_server.url).lead("ann", 60.0)
