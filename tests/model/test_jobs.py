"""Who is answered next while others wait."""

import pytest

from model import EngineOverloaded, EngineUnavailable, GenerationRequest
from model.embedded.jobs import PAUSE_SECONDS, Job, JobQueue


def waiting(*ages: float) -> tuple[JobQueue, list[Job]]:
    """A queue with jobs that came so many seconds ago, oldest first."""
    queue = JobQueue(len(ages))
    jobs = [Job(GenerationRequest((1,), 1)) for _ in ages]
    for job, age in zip(jobs, ages, strict=True):
        job.submitted -= age
        queue.put(job)
    return queue, jobs


async def test_the_newest_is_next() -> None:
    queue, jobs = waiting(0.2, 0.1, 0.0)
    assert [queue.take() for _ in jobs] == jobs[::-1]


async def test_who_has_waited_for_long_comes_before_it_the_oldest_first() -> None:
    queue, jobs = waiting(PAUSE_SECONDS + 1, PAUSE_SECONDS + 0.1, 0.1, 0.0)
    assert [queue.take() for _ in jobs] == [jobs[0], jobs[1], jobs[3], jobs[2]]


async def test_who_left_is_not_next() -> None:
    queue, (older, newer) = waiting(0.1, 0.0)
    queue.cancel(newer)
    assert queue.take() is older
    assert not queue.withdraw(newer)


async def test_it_is_idle_once_the_last_has_ended() -> None:
    queue, (job,) = waiting(0.0)
    assert not queue.is_idle
    assert queue.take() is job
    assert not queue.is_idle
    queue.close()
    assert queue.take() is None and queue.is_idle
    with pytest.raises(EngineUnavailable):
        queue.put(job)


async def test_more_than_may_wait_are_refused() -> None:
    queue, (job,) = waiting(0.0)
    with pytest.raises(EngineOverloaded):
        queue.put(job)
