"""A server follows the store, and goes on without it."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shutil import copyfile

import pytest
from structlog.testing import capture_logs

from benchmarks.redis_server import RedisServer
from rollout.experiments.state import RolloutState
from rollout.store.base import RolloutStore
from rollout.store.following import Follower
from rollout.store.last_good import LastGood
from rollout.store.late import LateStore
from rollout.store.opening import open_store
from tests.rollout.store.conftest import Open, OpenAt
from tests.rollout.store.entries import change, eventually, state_of


class Server:
    """What was applied, and when; refuses the revisions of ``refused`` for once each."""

    def __init__(self) -> None:
        self.applied: list[RolloutState] = []
        self.times: list[float] = []
        self.refused: list[int] = []

    @property
    def revisions(self) -> list[int]:
        return [state.revision for state in self.applied]

    def apply(self, state: RolloutState) -> None:
        if state.revision in self.refused:
            self.refused.remove(state.revision)
            raise KeyError("ann@example")
        self.times.append(time.monotonic())
        self.applied.append(state)


@contextmanager
def following(
    store: RolloutStore, apply: Callable[[RolloutState], None], last_good: LastGood | None = None
) -> Iterator[Follower]:
    follower = Follower(store, apply, last_good)
    follower.start()
    try:
        yield follower
    finally:
        follower.stop()


@pytest.fixture
def last_good(tmp_path: Path) -> LastGood:
    return LastGood(tmp_path / "last_good.json")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rollout.sqlite"


def until_revision(follower: Follower, revision: int) -> None:
    eventually(lambda: follower.revision == revision)


def put_in_force(file: Path, revision: int, fields: str) -> None:
    """What no server does: somebody restores a backup, or writes nonsense."""
    database = sqlite3.connect(file)
    with database:
        database.execute("UPDATE state SET revision = ?, fields = ?", (revision, fields))
    database.close()


def test_it_begins_with_the_stores_state(open_one: Open, last_good: LastGood) -> None:
    open_one().save(change(1))
    server = Server()
    with following(open_one(), server.apply, last_good) as follower:
        assert server.applied == [state_of(1)]
        assert follower.is_current
        assert follower.revision == 1
    assert last_good.load() == state_of(1)


def test_it_follows_at_once(open_one: Open, last_good: LastGood) -> None:
    server = Server()
    with following(open_one(), server.apply, last_good) as follower:
        assert server.applied == [RolloutState()]
        assert follower.is_current
        saving = open_one()
        for revision in (1, 2, 3):
            saved = time.monotonic()
            saving.save(change(revision))
            until_revision(follower, revision)
            assert server.times[-1] - saved < 1.0
    assert server.revisions == [0, 1, 2, 3]
    assert last_good.load() == state_of(3)


def test_it_keeps_what_there_is_while_redis_is_down(
    redis_server: RedisServer, open_at: OpenAt, last_good: LastGood
) -> None:
    saving = open_at(redis_server.url)
    saving.save(change(1))
    server = Server()
    with following(open_at(redis_server.url), server.apply, last_good) as follower:
        redis_server.kill()
        eventually(lambda: not follower.is_current)
        assert follower.revision == 1
        assert last_good.load() == state_of(1)
        redis_server.start()
        eventually(lambda: follower.is_current)
        assert server.revisions == [1], "nothing changed"
        redis_server.kill()
        eventually(lambda: not follower.is_current)
        redis_server.start()
        open_at(redis_server.url).save(change(2))
        eventually(lambda: follower.revision == 2 and follower.is_current)
    assert server.revisions == [1, 2]


def test_it_begins_with_the_last_good_state_without_the_store(
    redis_server: RedisServer, open_at: OpenAt, last_good: LastGood
) -> None:
    open_at(redis_server.url).save(change(1))
    last_good.keep(state_of(1))
    redis_server.kill()
    store, server = LateStore(partial(open_store, redis_server.url)), Server()
    with following(store, server.apply, last_good) as follower:
        assert server.applied == [state_of(1)]
        assert not follower.is_current
        redis_server.start()
        open_at(redis_server.url).save(change(2))
        eventually(lambda: follower.revision == 2 and follower.is_current)
    store.close()


def test_it_begins_with_nothing_without_both(last_good: LastGood) -> None:
    for copy in (None, last_good):
        store, server = LateStore(partial(open_store, "redis://127.0.0.1:1/0")), Server()
        with following(store, server.apply, copy) as follower:
            assert server.applied == [RolloutState()]
            assert not follower.is_current
            assert follower.revision == 0
    assert last_good.load() is None


def test_a_state_that_is_refused_is_tried_again(open_one: Open, last_good: LastGood) -> None:
    open_one().save(change(1))
    server = Server()
    server.refused = [2, 2, 3]
    with capture_logs() as logs, following(open_one(), server.apply, last_good) as follower:
        for revision in (2, 3):
            open_one().save(change(revision))
            until_revision(follower, revision)
    assert server.revisions == [1, 2, 3]
    assert last_good.load() == state_of(3)
    assert [record["event"] for record in logs] == ["rollout not applied"] * 2
    assert logs[0]["exception"] == "KeyError"
    assert "ann@example" not in str(logs)


def test_a_state_that_is_always_refused_leaves_the_last_good_one(
    open_one: Open, last_good: LastGood
) -> None:
    last_good.keep(state_of(1))
    for revision in (1, 2):
        open_one().save(change(revision))
    server = Server()
    server.refused = [2] * 1000
    with following(open_one(), server.apply, last_good) as follower:
        assert server.applied == [state_of(1)]
        assert not follower.is_current
        open_one().save(change(3))
        eventually(lambda: follower.is_current)
    assert server.revisions == [1, 3]
    assert last_good.load() == state_of(3)


def test_a_restored_backup_is_followed(file: Path, open_at: OpenAt, last_good: LastGood) -> None:
    store = open_at(str(file))
    for revision in (1, 2, 3):
        store.save(change(revision))
    server = Server()
    with capture_logs() as logs, following(open_at(str(file)), server.apply, last_good) as follower:
        put_in_force(file, 1, state_of(1).model_dump_json())
        eventually(lambda: follower.revision == 1)
        assert follower.is_current
    assert server.revisions == [3, 1]
    assert last_good.load() == state_of(1)
    assert [record["event"] for record in logs] == ["rollout went back"]


def test_a_backup_that_is_moved_over_the_file_is_followed(file: Path, open_at: OpenAt) -> None:
    store, backup = open_at(str(file)), file.with_suffix(".backup")
    store.save(change(1))
    copyfile(file, backup)
    store.save(change(2))
    server = Server()
    with following(open_at(str(file)), server.apply) as follower:
        backup.rename(file)
        until_revision(follower, 1)
        store.save(change(2, "ann, after it"))
        until_revision(follower, 2)
    assert server.revisions == [2, 1, 2]
    assert [entry.actor for entry in store.history()] == ["ann, after it", "ann"]


def test_a_file_that_is_away_is_waited_for(file: Path, open_at: OpenAt) -> None:
    """Nobody makes an empty one in its place, nor of what is still being copied."""
    open_at(str(file)).save(change(1))
    away, server = file.with_suffix(".away"), Server()
    with following(open_at(str(file)), server.apply) as follower:
        file.rename(away)
        eventually(lambda: not follower.is_current)
        assert not file.exists()
        file.touch()
        time.sleep(0.5)
        assert not follower.is_current
        assert file.stat().st_size == 0
        copyfile(away, file)
        eventually(lambda: follower.is_current)
    assert server.revisions == [1]


def test_a_file_that_is_replaced_by_nonsense_is_not_followed(file: Path, open_at: OpenAt) -> None:
    open_at(str(file)).save(change(1))
    away, nonsense, server = file.with_suffix(".away"), file.with_suffix(".text"), Server()
    copyfile(file, away)
    nonsense.write_text("a text that is longer than a database's header" * 100)
    with following(open_at(str(file)), server.apply) as follower:
        nonsense.rename(file)
        eventually(lambda: not follower.is_current)
        away.rename(file)
        eventually(lambda: follower.is_current)
    assert server.revisions == [1]


def test_a_state_that_cannot_be_read_is_not_followed(
    file: Path, open_at: OpenAt, last_good: LastGood
) -> None:
    store = open_at(str(file))
    store.save(change(1))
    server = Server()
    with capture_logs() as logs, following(open_at(str(file)), server.apply, last_good) as follower:
        put_in_force(file, 9, '{"revision": 9, "stable": "ann@example"}')
        eventually(lambda: not follower.is_current)
        assert follower.revision == 1
        eventually(lambda: len(logs) > 0)
        put_in_force(file, 2, state_of(2).model_dump_json())
        eventually(lambda: follower.is_current)
    assert server.revisions == [1, 2]
    assert [record["exception"] for record in logs] == ["UnreadableState"]
    assert "ann@example" not in str(logs)


def test_a_server_that_starts_beside_an_unreadable_state(
    file: Path, open_at: OpenAt, last_good: LastGood
) -> None:
    last_good.keep(state_of(1))
    open_at(str(file)).save(change(1))
    put_in_force(file, 2, "{")
    server = Server()
    with following(open_at(str(file)), server.apply, last_good) as follower:
        assert server.applied == [state_of(1)]
        assert not follower.is_current
    assert last_good.load() == state_of(1)


def test_it_stops_soon(open_one: Open) -> None:
    server = Server()
    with following(open_one(), server.apply):
        started = time.monotonic()
    assert time.monotonic() - started < 5.0
    assert not is_following()
    open_one().save(change(1))
    assert server.revisions == [0]


def test_it_stops_soon_while_redis_hangs(redis_server: RedisServer, open_at: OpenAt) -> None:
    server = Server()
    with following(open_at(redis_server.url), server.apply):
        redis_server.hang()
        started = time.monotonic()
    assert time.monotonic() - started < 5.0
    redis_server.go_on()
    eventually(lambda: not is_following())
    assert server.revisions == [0]


def is_following() -> bool:
    return any(thread.name == "foretype-rollout" for thread in threading.enumerate())
