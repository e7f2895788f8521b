"""Whose turn it is in a session."""

import asyncio

import pytest

from server.sessions import Superseded, Turns


async def test_work_that_has_not_begun_never_begins() -> None:
    turns = Turns()
    begun = False

    async def work() -> None:
        nonlocal begun
        begun = True

    with turns.take("s") as older, turns.take("s") as newer:
        with pytest.raises(Superseded):
            await older.run(work())
        assert not begun
        await newer.run(work())
    assert begun


async def test_a_turn_that_was_given_back_cannot_be_taken_away() -> None:
    turns = Turns()
    with turns.take("s"):
        pass
    with turns.take("s") as turn:
        assert await turn.run(asyncio.sleep(0, "done")) == "done"


async def test_being_cancelled_from_outside_is_not_being_superseded() -> None:
    turns = Turns()

    async def hold() -> None:
        with turns.take("s") as turn:
            await turn.run(asyncio.sleep(10))

    task = asyncio.create_task(hold())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with turns.take("s") as turn:
        assert await turn.run(asyncio.sleep(0, "free")) == "free"


async def test_an_error_of_the_work_is_raised_as_it_is() -> None:
    async def fail() -> None:
        raise LookupError

    with Turns().take("") as turn, pytest.raises(LookupError):
        await turn.run(fail())
