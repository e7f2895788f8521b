"""What a process remembers of editor windows is bounded in number and in time."""

import asyncio

from server.sessions import Sessions, SessionsConfig


def test_the_least_recently_used_session_goes_first() -> None:
    sessions = Sessions(SessionsConfig(max_sessions=2))
    first, second = sessions.of("1"), sessions.of("2")
    assert sessions.of("1") is first
    sessions.of("3")
    assert sessions.of("1") is first
    assert sessions.of("2") is not second
    assert len(sessions) == 2


async def test_a_session_that_is_not_used_is_forgotten() -> None:
    sessions = Sessions(SessionsConfig(idle_seconds=0.05))
    before = sessions.of("1")
    await asyncio.sleep(0.06)
    assert sessions.of("1") is not before


def test_without_a_session_key_nothing_is_remembered() -> None:
    sessions = Sessions(SessionsConfig())
    assert sessions.of("") is not sessions.of("")
    assert len(sessions) == 0
