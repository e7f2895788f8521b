"""Adapters that come and go, and ends of all kinds, on real vLLM: nothing hangs, nothing stays.

The tests share an engine and go by their order: the last ones end it.
"""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

pytest.importorskip("vllm")

from model import DraftSources, EngineUnavailable, GenerationRequest, ModelConfig
from model.vllm.engine import VllmEngine
from tests.model.vllm.conftest import small
from tests.model.vllm.test_engine import asked, chunks_of, text_of

pytestmark = [pytest.mark.vllm, pytest.mark.asyncio(loop_scope="module")]

START_SECONDS = 120


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(model_config: ModelConfig) -> AsyncIterator[VllmEngine]:
    engine = VllmEngine(model_config, small(max_loras=1, max_lora_rank=8))
    await engine.start()
    yield engine
    await engine.stop()


def processes() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "VLLM" in child.name()]


def core() -> psutil.Process:
    return next(child for child in processes() if "EngineCore" in child.name())


async def until_it_answers(engine: VllmEngine) -> str:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                return text_of(await chunks_of(engine, asked(engine)))
            except EngineUnavailable:
                await asyncio.sleep(0.5)


async def test_an_adapter_is_served_until_it_is_dropped(engine: VllmEngine, adapter: Path) -> None:
    plain = text_of(await chunks_of(engine, asked(engine)))
    for _ in range(2):
        await engine.load_adapter("arm", adapter)
        adapted = await chunks_of(engine, asked(engine, adapter="arm"))
        assert text_of(adapted) != plain
        assert text_of(await chunks_of(engine, asked(engine))) == plain
    for _ in range(2):
        await engine.drop_adapter("arm")
    with pytest.raises(EngineUnavailable):
        await chunks_of(engine, asked(engine, adapter="arm"))


async def test_drafts_that_are_no_tokens_of_the_model_do_not_end_it(engine: VllmEngine) -> None:
    strange = DraftSources(reference=(10**6,) * 8, previous=(-1,) * 8)
    assert "fibonacci(n - 2)" in text_of(await chunks_of(engine, asked(engine, draft=strange)))


async def test_it_starts_anew_without_an_adapter_whose_folder_is_gone(
    engine: VllmEngine, adapter: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await engine.load_adapter("arm", adapter)
    shutil.rmtree(adapter)
    with caplog.at_level(logging.ERROR, "foretype.model"):
        core().kill()
        await asyncio.sleep(2)
        assert "fibonacci(n - 2)" in await until_it_answers(engine)
    assert "the adapter arm is lost" in caplog.text
    with pytest.raises(EngineUnavailable):
        await chunks_of(engine, asked(engine, adapter="arm"))


async def test_it_starts_anew_when_its_process_hangs(engine: VllmEngine) -> None:
    running = asyncio.create_task(chunks_of(engine, asked(engine, max_tokens=1500)))
    await asyncio.sleep(1)
    hanging = core()
    hanging.suspend()
    async with asyncio.timeout(START_SECONDS):
        with pytest.raises(EngineUnavailable):
            await running
    assert "fibonacci(n - 2)" in await until_it_answers(engine)
    assert not hanging.is_running() and engine.is_idle
    assert not [one for one in processes() if one.status() == psutil.STATUS_ZOMBIE]


async def test_when_vllm_fails_its_log_holds_no_drafts(
    engine: VllmEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    """A token that the model does not have ends vLLM while it reads the prompt."""
    await engine.stop()
    await engine.start()
    beyond = 10**6
    request = GenerationRequest((beyond,), 4, draft=DraftSources(reference=(31337, 31338)))
    with pytest.raises(EngineUnavailable):
        await chunks_of(engine, request)
    log = "".join(capfd.readouterr())
    assert "Traceback" in log
    assert "31337" not in log and str(beyond) not in log


async def test_a_stop_while_it_starts_anew_leaves_no_process(engine: VllmEngine) -> None:
    await until_it_answers(engine)
    old = {child.pid for child in psutil.Process().children()}
    core().kill()
    async with asyncio.timeout(START_SECONDS):
        while not {child.pid for child in psutil.Process().children()} - old:
            await asyncio.sleep(0.1)
    await engine.stop()
    _gone, left = psutil.wait_procs(processes(), timeout=10)
    assert not left


async def test_a_stop_ends_what_runs(engine: VllmEngine) -> None:
    await engine.start()
    running = asyncio.create_task(chunks_of(engine, asked(engine, max_tokens=1500)))
    await asyncio.sleep(1)
    assert not running.done()
    await engine.stop()
    with pytest.raises(EngineUnavailable):
        await running
    assert engine.is_idle
    _gone, left = psutil.wait_procs(processes(), timeout=10)
    assert not left
