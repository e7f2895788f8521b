"""Each event once, whoever sends it again and whenever."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest

from eventlog import Record
from eventlog.lines import checked_line
from eventlog.opening import open_keys
from eventlog.segments import Line, LogStats, LogUnavailable
from server.data.journal import Journal
from server.data.reporting.recent import recent_events
from tests.eventlog.logs import outcome

SHOWN = outcome("p1", "shown")


class HeldSink:
    """A sink whose disk answers when the test says so."""

    def __init__(self) -> None:
        self.stats = LogStats()
        self.appended: list[tuple[Sequence[Line], Future[None]]] = []

    has_room_for_text = True
    lag_seconds = 0.0

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def offer(self, line: Line) -> bool:
        return True

    def append(self, lines: Sequence[Line]) -> Future[None]:
        self.appended.append((lines, Future()))
        return self.appended[-1][1]

    async def answer(self, error: Exception | None = None) -> None:
        while not self.appended:
            await asyncio.sleep(0.01)
        _lines, done = self.appended.pop()
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


@pytest.fixture
def sink() -> HeldSink:
    return HeldSink()


@pytest.fixture
def journal(sink: HeldSink, tmp_path: Path) -> Journal:
    return Journal(open_keys(tmp_path), sink)


async def test_who_sends_it_meanwhile_waits_for_the_same_disk(
    journal: Journal, sink: HeldSink
) -> None:
    counted: list[Record] = []
    first = asyncio.create_task(journal.append([SHOWN], counted.append))
    await asyncio.sleep(0.05)
    again = asyncio.create_task(journal.append([SHOWN], counted.append))
    await asyncio.sleep(0.05)
    assert not again.done()
    await sink.answer()
    assert (await first, await again) == ([True], [False])
    assert len(counted) == 1
    assert not sink.appended


async def test_when_the_disk_fails_both_are_told_and_may_try_again(
    journal: Journal, sink: HeldSink
) -> None:
    tasks = []
    for _each in range(2):
        tasks.append(asyncio.create_task(journal.append([SHOWN])))
        await asyncio.sleep(0.05)
    await sink.answer(LogUnavailable("not durable: disk_full"))
    for task in tasks:
        with pytest.raises(LogUnavailable):
            await task
    third = asyncio.create_task(journal.append([SHOWN]))
    await sink.answer()
    assert await third == [True]


async def test_one_batch_may_hold_the_same_event_twice(journal: Journal, sink: HeldSink) -> None:
    task = asyncio.create_task(journal.append([SHOWN, SHOWN, outcome("p1", "accepted")]))
    while not sink.appended:
        await asyncio.sleep(0.01)
    assert len(sink.appended[0][0]) == 2
    await sink.answer()
    assert await task == [True, False, True]


async def test_a_client_that_leaves_takes_nobody_with_it(journal: Journal, sink: HeldSink) -> None:
    first = asyncio.create_task(journal.append([SHOWN]))
    await asyncio.sleep(0.05)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await sink.answer()
    again = asyncio.create_task(journal.append([SHOWN]))
    await sink.answer()
    assert await again == [True]


def test_a_torn_report_is_not_remembered(tmp_path: Path) -> None:
    """The start will cut it off: taken for written, its repetition would be lost."""
    lines = [
        checked_line(b'{"event_id":"01ARZ3NDEKTSV4RRFFQ69G5FA%d","kind":"outcome"}' % number)
        for number in range(3)
    ]
    torn = lines[2][:-4] + b"\n"
    name = "counts-01ARZ3NDEKTSV4RRFFQ69G5FAV.jsonl.open"
    (tmp_path / name).write_bytes(lines[0] + lines[1] + torn)
    assert [event[-1] for event in recent_events(tmp_path)] == ["0", "1"]
