import asyncio
from collections.abc import Callable

import pytest

from tests.training.teacher.scripted_endpoint import ScriptedEndpoint, status
from training.errors import RunError
from training.stages.distill import DistillConfig
from training.teacher.asking import gather_all
from training.teacher.client import Teacher, open_teacher
from training.teacher.errors import AnswerPending, BatchItemFailed, EndpointUnavailable
from training.teacher.values import Answer, Message

Configure = Callable[..., DistillConfig]
APIS = pytest.mark.parametrize("api", ["openai", "anthropic"])


async def ask_three(teacher: Teacher) -> list[Answer]:
    asked = (Message("user", "What next?"),)
    questions = [teacher.question(asked, "teacher@1", repetition) for repetition in range(3)]
    return await gather_all(map(teacher.ask, questions))


@APIS
async def test_rows_wait_for_one_batch(
    endpoint: ScriptedEndpoint, config: Configure, api: str
) -> None:
    endpoint.polls_until_done = 3
    chosen = config(api=api, mode="batch")
    async with open_teacher(chosen) as teacher:
        answers = await ask_three(teacher)
        assert teacher.stats()["num_calls"] == 3
    assert [answer.text for answer in answers] == ["NO_EDITS"] * 3
    assert [len(items) for items in endpoint.batches.values()] == [3]
    assert endpoint.requests == []
    async with open_teacher(chosen) as teacher:
        assert await ask_three(teacher) == answers
    async with open_teacher(config(api=api)) as teacher:
        assert await ask_three(teacher) == answers
    assert len(endpoint.batches) == 1 and endpoint.requests == []


@APIS
async def test_a_full_batch_leaves_at_once(
    endpoint: ScriptedEndpoint, config: Configure, api: str
) -> None:
    async with open_teacher(config(api=api, mode="batch", batch_requests=2)) as teacher:
        await ask_three(teacher)
    assert [len(items) for items in endpoint.batches.values()] == [2, 1]


@APIS
async def test_a_failed_item_is_not_kept_and_is_sent_again(
    endpoint: ScriptedEndpoint, config: Configure, api: str
) -> None:
    endpoint.failing_items = {1}
    chosen = config(api=api, mode="batch")
    async with open_teacher(chosen) as teacher:
        with pytest.raises(BatchItemFailed):
            await ask_three(teacher)
    endpoint.failing_items = set()
    async with open_teacher(chosen) as teacher:
        assert len(await ask_three(teacher)) == 3
    assert [len(items) for items in endpoint.batches.values()] == [3, 1]


@APIS
async def test_without_waiting_the_next_runs_find_the_answers(
    endpoint: ScriptedEndpoint, config: Configure, api: str
) -> None:
    endpoint.polls_until_done = 1
    chosen = config(api=api, mode="batch", wait_for_batches=False)
    for _run in range(2):  # sent by the first, not done at the second
        async with open_teacher(chosen) as teacher:
            with pytest.raises(AnswerPending):
                await ask_three(teacher)
            assert teacher.stats()["num_failures"] == 0
    assert len(endpoint.batches) == 1
    async with open_teacher(chosen) as teacher:
        assert len(await ask_three(teacher)) == 3
    assert len(endpoint.batches) == 1


@APIS
async def test_a_run_that_was_killed_does_not_pay_twice(
    endpoint: ScriptedEndpoint, config: Configure, api: str
) -> None:
    endpoint.polls_until_done = 1_000_000
    chosen = config(api=api, mode="batch")
    async with open_teacher(chosen) as teacher:
        asking = asyncio.create_task(ask_three(teacher))
        while not list(chosen.cache.parent.glob("*.batches/*/*.jsonl")):
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    endpoint.polls_until_done = 2
    async with open_teacher(chosen) as teacher:
        assert len(await ask_three(teacher)) == 3
    assert len(endpoint.batches) == 1
    assert not list(chosen.cache.parent.glob("*.batches/*/*.jsonl"))


async def test_a_batch_that_the_provider_forgot_is_sent_again(
    endpoint: ScriptedEndpoint, config: Configure
) -> None:
    chosen = config(mode="batch", wait_for_batches=False)
    async with open_teacher(chosen) as teacher:
        with pytest.raises(AnswerPending):
            await ask_three(teacher)
    endpoint.batches.clear()
    async with open_teacher(config(mode="batch")) as teacher:
        assert len(await ask_three(teacher)) == 3
    assert len(endpoint.batches) == 1


@APIS
async def test_a_batch_that_cannot_be_sent_fails_its_rows(
    endpoint: ScriptedEndpoint, config: Configure, api: str
) -> None:
    endpoint.script.append(status(500))
    async with open_teacher(config(api=api, mode="batch")) as teacher:
        with pytest.raises(EndpointUnavailable):
            await ask_three(teacher)
        assert teacher.stats()["num_retries"] == 0
        assert len(await ask_three(teacher)) == 3


async def test_without_waiting_a_batch_that_cannot_be_sent_ends_the_run(
    endpoint: ScriptedEndpoint, config: Configure
) -> None:
    endpoint.script.append(status(400))
    with pytest.raises(RunError, match="400"):
        async with open_teacher(config(mode="batch", wait_for_batches=False)) as teacher:
            with pytest.raises(AnswerPending):
                await ask_three(teacher)
