"""What is done again and again, whatever becomes of it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rollout.controller.loop import Loop


@contextmanager
def running(step: Callable[[], None]) -> Iterator[list[str]]:
    """What is reported meanwhile."""
    told: list[str] = []
    loop = Loop("look", step, lambda name, error: told.append(f"{name}: {error}"), seconds=0.001)
    loop.start()
    try:
        yield told
    finally:
        loop.stop()


def test_what_goes_wrong_is_told_once_until_it_changes() -> None:
    words = iter(["", "away", "away", "away", "full", "", "away"])
    is_over = threading.Event()

    def step() -> None:
        word = next(words, None)
        if word is None:
            is_over.set()
        elif word:
            raise ValueError(word)

    with running(step) as told:
        assert is_over.wait(30)
    assert told == ["look: away", "look: full", "look: away"]


def test_one_that_was_stopped_does_nothing_more() -> None:
    steps = threading.Semaphore(0)
    with running(steps.release):
        assert steps.acquire(timeout=30)
    while steps.acquire(blocking=False):
        pass
    assert not steps.acquire(timeout=0.05)


def test_one_that_was_never_started_can_be_stopped() -> None:
    Loop("look", lambda: None, lambda _name, _error: None).stop()
