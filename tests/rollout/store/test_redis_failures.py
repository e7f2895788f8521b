"""A Redis that is killed or hangs: nothing that it acknowledged is lost, and nothing is twice."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial

import pytest
from redis import Redis

from benchmarks.redis_server import RedisServer
from rollout.errors import StoreUnavailable
from rollout.store.base import AuditEntry, RolloutStore
from rollout.store.opening import open_store
from rollout.store.redis import CHANGES, HISTORY, STATE
from tests.rollout.store.conftest import OpenAt
from tests.rollout.store.entries import change, eventually, look, state_of

NUM_KILLS = 10


class Writer:
    """Saves and notes one entry after another, each until it is acknowledged."""

    def __init__(self, address: str) -> None:
        self.acknowledged: list[AuditEntry] = []
        self.num_failures = 0
        self._address = address
        self._entry = change(1)
        self._is_stopping = False

    @contextmanager
    def writing(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._is_stopping = True
            thread.join()

    def wait_for(self, num_entries: int) -> None:
        """Until so many more are acknowledged."""
        enough = len(self.acknowledged) + num_entries
        eventually(lambda: len(self.acknowledged) >= enough)

    def wait_for_failure(self) -> None:
        before = self.num_failures
        eventually(lambda: self.num_failures > before)

    def _run(self) -> None:
        while not self._is_stopping:
            try:
                # Another one each time: the old one would ask nothing for a while.
                with closing(open_store(self._address)) as store:
                    self._write_to(store)
            except StoreUnavailable:
                self.num_failures += 1
                time.sleep(0.01)

    def _write_to(self, store: RolloutStore) -> None:
        while not self._is_stopping:
            entry = self._entry
            (store.note if entry.state is None else store.save)(entry)
            self.acknowledged.append(entry)
            is_saved = entry.state is not None
            self._entry = look(entry.revision) if is_saved else change(entry.revision + 1)


def is_possible(call: Callable[[], object]) -> bool:
    try:
        call()
    except StoreUnavailable:
        return False
    return True


def is_written(client: Redis, num_entries: int) -> bool:
    return client.llen(HISTORY) == num_entries


def num_looks(client: Redis) -> int:
    looks = client.info("commandstats").get("cmdstat_hget", {"calls": 0})
    return int(looks["calls"])


def test_kills_at_any_moment(redis_server: RedisServer, open_at: OpenAt) -> None:
    """Some too short for the client to fail: it asks again by itself, and may have been heard."""
    moments = random.Random(7)
    writer = Writer(redis_server.url)
    with writer.writing():
        for number in range(NUM_KILLS):
            writer.wait_for(moments.randrange(3, 60))
            time.sleep(moments.uniform(0.0, 0.01))
            redis_server.kill()
            if number % 2:
                writer.wait_for_failure()
            redis_server.start()
        writer.wait_for(1)
    redis_server.kill()
    redis_server.start()
    store = open_at(redis_server.url)
    found = [entry.entry_id for entry in reversed(store.history(100_000))]
    written = [entry.entry_id for entry in writer.acknowledged]
    assert found[: len(written)] == written
    assert len(found) - len(written) <= 1, "the last one may have been written after all"
    assert store.load() == next(e.state for e in store.history() if e.state is not None)


def test_a_store_works_again_after_redis_was_killed(
    redis_server: RedisServer, open_at: OpenAt
) -> None:
    store = open_at(redis_server.url)
    store.save(change(1))
    redis_server.kill()
    for call in (
        store.load,
        store.history,
        lambda: store.save(change(2)),
        lambda: store.note(look(1)),
        lambda: store.lead("ann", 60.0),
        lambda: store.resign("ann"),
        lambda: store.wait_for_change(1, 0.1),
    ):
        with pytest.raises(StoreUnavailable, match="does not answer"):
            call()
    redis_server.start()
    eventually(lambda: is_possible(store.load))
    assert store.load() == state_of(1)
    store.save(change(2))
    assert store.wait_for_change(1, 30.0)
    assert not store.wait_for_change(2, 0.1)


def test_redis_is_killed_while_it_is_waited_for(redis_server: RedisServer, open_at: OpenAt) -> None:
    store = open_at(redis_server.url)
    failed = threading.Event()

    def wait() -> None:
        with pytest.raises(StoreUnavailable):
            store.wait_for_change(0, 60.0)
        failed.set()

    thread = threading.Thread(target=wait)
    thread.start()
    with redis_server.client() as client:
        eventually(lambda: client.pubsub_numsub(CHANGES) == [(CHANGES, 1)])
    redis_server.kill()
    thread.join()
    assert failed.is_set()


def test_redis_is_restarted_while_a_change_is_waited_for(
    redis_server: RedisServer, open_at: OpenAt
) -> None:
    """Whether the one who waits was told of the failure or not, it sees the change."""
    store = open_at(redis_server.url)
    seen = threading.Event()

    def wait() -> None:
        eventually(lambda: is_possible(lambda: store.wait_for_change(0, 60.0)))
        seen.set()

    thread = threading.Thread(target=wait)
    thread.start()
    with redis_server.client() as client:
        eventually(lambda: client.pubsub_numsub(CHANGES) == [(CHANGES, 1)])
    redis_server.kill()
    redis_server.start()
    open_at(redis_server.url).save(change(1))
    thread.join()
    assert seen.is_set()


def test_what_a_hanging_redis_was_sent_may_be_done_later(
    redis_server: RedisServer, open_at: OpenAt
) -> None:
    entry, note = change(1), look(1)
    saving, noting = open_at(redis_server.url), open_at(redis_server.url)
    writes = (partial(saving.save, entry), partial(noting.note, note))
    for num_written, write in enumerate(writes, start=1):
        redis_server.hang()
        with pytest.raises(StoreUnavailable):
            write()
        redis_server.go_on()
        with redis_server.client() as client:
            eventually(partial(is_written, client, num_written))
    store = open_at(redis_server.url)
    store.save(entry)
    store.note(note)
    assert store.load() == entry.state
    assert {each.entry_id for each in store.history()} == {note.entry_id, entry.entry_id}
    assert len(store.history()) == 2


def test_waiting_for_a_redis_that_hangs_ends(redis_server: RedisServer, open_at: OpenAt) -> None:
    store = open_at(redis_server.url)
    redis_server.hang()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        store.wait_for_change(0, 60.0)
    redis_server.go_on()
    assert not open_at(redis_server.url).wait_for_change(0, 0.1)


def test_waiting_leaves_nothing_behind(redis_server: RedisServer, open_at: OpenAt) -> None:
    store = open_at(redis_server.url)
    with redis_server.client() as client:
        for _each in range(30):
            assert not store.wait_for_change(0, 0.01)
        eventually(lambda: client.pubsub_numsub(CHANGES) == [(CHANGES, 0)])
        eventually(lambda: len(client.client_list()) <= 3)


def test_waiting_asks_once_a_second(redis_server: RedisServer, open_at: OpenAt) -> None:
    store = open_at(redis_server.url)
    with redis_server.client() as client:
        client.config_resetstat()
        assert not store.wait_for_change(0, 2.5)
        assert 4 <= num_looks(client) <= 6


def test_a_change_that_redis_did_not_tell_is_found(
    redis_server: RedisServer, open_at: OpenAt
) -> None:
    store = open_at(redis_server.url)
    seen: list[bool] = []
    thread = threading.Thread(target=lambda: seen.append(store.wait_for_change(0, 30.0)))
    started = time.monotonic()
    with redis_server.client() as client:
        client.config_resetstat()
        thread.start()
        eventually(lambda: num_looks(client) >= 2)
        client.hset(STATE, "revision", "1")
    thread.join()
    assert seen == [True]
    assert time.monotonic() - started < 10.0


def test_what_fails_says_nothing_of_the_data(redis_server: RedisServer, open_at: OpenAt) -> None:
    store = open_at(redis_server.url)
    with redis_server.client() as client:
        client.set(STATE, "of another type")
    with pytest.raises(StoreUnavailable, match=r"^Redis: WRONGTYPE$"):
        store.load()
