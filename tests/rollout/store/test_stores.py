"""The same of every store: one state in force, and a history that has all that led to it."""

import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from rollout.errors import StaleRevision
from rollout.experiments.state import RolloutState
from rollout.store.base import RolloutStore
from tests.rollout.store.conftest import Open
from tests.rollout.store.entries import change, look, state_of
from tests.rollout.store.saver import saver


def revisions(store: RolloutStore) -> list[int]:
    """Oldest first."""
    return [entry.revision for entry in reversed(store.history(1000))]


def at_once(run: Callable[[int], None], num_threads: int = 8) -> None:
    barrier = threading.Barrier(num_threads)

    def wait_and_run(number: int) -> None:
        barrier.wait()
        run(number)

    threads = [threading.Thread(target=wait_and_run, args=(each,)) for each in range(num_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_it_is_empty_at_first(open_one: Open) -> None:
    assert open_one().load() == RolloutState()
    assert open_one().history() == []


def test_what_is_saved_is_in_force_for_all(open_one: Open) -> None:
    entry = change(1)
    open_one().save(entry)
    assert open_one().load() == state_of(1)
    (found,) = open_one().history()
    assert found.model_dump_json() == entry.model_dump_json()
    assert found.state == state_of(1)


def test_a_revision_follows_the_one_in_force(open_one: Open) -> None:
    store = open_one()
    for revision in (0, 2, -1):
        with pytest.raises(StaleRevision, match="revision 0 is in force"):
            store.save(change(revision))
    store.save(change(1))
    with pytest.raises(StaleRevision, match="revision 1 is in force"):
        open_one().save(change(1, "bob"))
    assert [entry.actor for entry in store.history()] == ["ann"]


def test_an_entry_that_is_saved_has_a_state(open_one: Open) -> None:
    store = open_one()
    with pytest.raises(ValueError, match="holds a state"):
        store.save(look(1))
    with pytest.raises(ValueError, match="holds a state"):
        store.save(change(1).model_copy(update={"state": state_of(2)}))
    assert store.load() == RolloutState()
    assert store.history() == []


def test_a_save_whose_answer_was_lost_is_done_once(open_one: Open) -> None:
    first, second = change(1), change(2)
    open_one().save(first)
    open_one().save(first)
    open_one().save(second)
    open_one().save(first)
    assert open_one().load() == second.state
    assert revisions(open_one()) == [1, 2]


def test_a_note_whose_answer_was_lost_is_there_once(open_one: Open) -> None:
    store, note = open_one(), look(0)
    store.note(note)
    store.note(note)
    open_one().note(note)
    store.note(look(0))
    assert store.load() == RolloutState()
    assert len(store.history()) == 2
    assert store.history()[-1].entry_id == note.entry_id


def test_a_note_is_of_the_state_in_force(open_one: Open) -> None:
    """A leader that was asleep must not say of it what it saw before."""
    store, before = open_one(), look(0)
    store.note(before)
    store.save(change(1))
    for revision in (0, 2):
        with pytest.raises(StaleRevision, match="revision 1 is in force"):
            store.note(look(revision))
    store.note(before)
    store.note(look(1))
    assert revisions(store) == [0, 1, 1]


def test_the_history_is_newest_first(open_one: Open) -> None:
    store = open_one()
    entries = [change(1), look(1), change(2), look(2), look(2)]
    for entry in entries:
        (store.note if entry.state is None else store.save)(entry)
    newest_first = [entry.entry_id for entry in reversed(entries)]
    assert [entry.entry_id for entry in store.history()] == newest_first
    assert [entry.entry_id for entry in store.history(2)] == newest_first[:2]
    assert store.history(0) == []
    assert store.history(-1) == []


@pytest.mark.parametrize("is_shared", [True, False])
def test_one_of_many_threads_saves_a_revision(open_one: Open, is_shared: bool) -> None:
    shared = open_one()
    stores = [shared if is_shared else open_one() for _each in range(8)]
    outcomes: list[str] = []

    def save(number: int) -> None:
        try:
            stores[number].save(change(1, f"actor-{number}"))
            outcomes.append(f"actor-{number}")
        except StaleRevision:
            outcomes.append("stale")

    at_once(save)
    winners = [each for each in outcomes if each != "stale"]
    assert Counter(outcomes)["stale"] == 7
    assert [entry.actor for entry in shared.history()] == winners


def test_two_processes_lose_and_double_nothing(address: str, open_one: Open) -> None:
    with saver(address, "ann") as ann, saver(address, "bob") as bob:
        for process in (ann, bob):
            assert process.stdin is not None
            process.stdin.write("0\n" * 50)
            process.stdin.flush()
        for process in (ann, bob):
            process.communicate()
            assert process.returncode == 0
    store = open_one()
    assert revisions(store) == list(range(1, 101))
    assert Counter(entry.actor for entry in store.history(1000)) == {"ann": 50, "bob": 50}
    assert store.load() == state_of(100)


def test_a_change_by_another_process_is_seen_at_once(address: str, open_one: Open) -> None:
    store = open_one()
    delays = []
    with saver(address, "bob") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for revision in range(5):
            process.stdin.write("0.3\n")
            process.stdin.flush()
            assert store.wait_for_change(revision, 30.0)
            seen = time.monotonic()
            delays.append(seen - float(process.stdout.readline()))
    assert max(delays) < 1.0
    assert statistics.median(delays) < 0.4


def test_waiting_ends(open_one: Open) -> None:
    store = open_one()
    started, used = time.monotonic(), time.thread_time()
    assert not store.wait_for_change(0, 1.0)
    assert time.monotonic() - started >= 1.0
    assert time.thread_time() - used < 0.3
    assert not store.wait_for_change(0, 0.0)
    assert store.wait_for_change(1, 30.0)
