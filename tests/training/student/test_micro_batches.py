"""Concurrent asks become batches: bounded, of like sizes, nobody forgotten."""

import asyncio
import threading

import pytest

from training.student.micro_batches import MicroBatches


def _weigh(item: int) -> tuple[int, int]:
    """One row; the number is the length."""
    return 1, item


async def test_asks_are_answered_each_with_its_own() -> None:
    batches: list[list[int]] = []

    def work(items: list[int]) -> list[int]:
        batches.append(items)
        return [-item for item in items]

    async with MicroBatches(work, _weigh, max_rows=4) as micro:
        answers = await asyncio.gather(*(micro.ask(item) for item in range(10)))
    assert answers == [-item for item in range(10)]
    assert max(map(len, batches)) == 4
    assert len(batches) == 3


async def test_a_batch_holds_the_oldest_and_those_of_like_length() -> None:
    batches: list[list[int]] = []

    def work(items: list[int]) -> list[int]:
        batches.append(items)
        return items

    async with MicroBatches(work, _weigh, max_rows=3) as micro:
        await asyncio.gather(*(micro.ask(item) for item in (100, 1, 2, 99, 3, 101)))
    assert sorted(batches[0]) == [99, 100, 101]
    assert sorted(batches[1]) == [1, 2, 3]


async def test_one_that_is_larger_than_a_batch_is_served_alone() -> None:
    sizes: list[int] = []

    def work(items: list[int]) -> list[int]:
        sizes.append(len(items))
        return items

    async with MicroBatches(work, lambda item: (item, 1), max_rows=4) as micro:
        assert await asyncio.gather(*(micro.ask(item) for item in (9, 2, 2))) == [9, 2, 2]
    assert sizes == [1, 2]


async def test_an_error_goes_to_those_who_asked_and_the_next_are_served() -> None:
    def work(items: list[int]) -> list[int]:
        if 13 in items:
            raise ValueError("thirteen")
        return items

    async with MicroBatches(work, _weigh, max_rows=1) as micro:
        first = asyncio.create_task(micro.ask(13))
        with pytest.raises(ValueError, match="thirteen"):
            await first
        assert await micro.ask(7) == 7


async def test_who_has_left_is_not_worked_for() -> None:
    is_free = threading.Event()
    seen: list[int] = []

    def work(items: list[int]) -> list[int]:
        is_free.wait(30)
        seen.extend(items)
        return items

    async with MicroBatches(work, _weigh, max_rows=1) as micro:
        first = asyncio.create_task(micro.ask(1))
        while micro.num_waiting or not micro.is_working:
            await asyncio.sleep(0.001)
        second = asyncio.create_task(micro.ask(2))
        await asyncio.sleep(0)
        second.cancel()
        is_free.set()
        assert await first == 1
        assert await micro.ask(3) == 3
    assert seen == [1, 3]


async def test_leaving_refuses_what_still_waits() -> None:
    is_free = threading.Event()

    def work(items: list[int]) -> list[int]:
        is_free.wait(30)
        return items

    micro = MicroBatches(work, _weigh, max_rows=1)
    async with micro:
        asks = [asyncio.create_task(micro.ask(item)) for item in range(3)]
        while not micro.is_working:
            await asyncio.sleep(0.001)
        is_free.set()
    results = await asyncio.gather(*asks, return_exceptions=True)
    assert any(isinstance(result, asyncio.CancelledError) for result in results)
    assert all(result in (0, 1, 2) or isinstance(result, BaseException) for result in results)
