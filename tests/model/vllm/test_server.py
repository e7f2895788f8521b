"""vLLM's own server as we start it, asked by the remote engine."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest

pytest.importorskip("vllm")

from model import (
    DraftSources,
    EngineUnavailable,
    GenerationRequest,
    ModelConfig,
    RemoteConfig,
    vllm_command,
)
from model.remote.engine import RemoteEngine
from tests.model.vllm.conftest import small
from tests.model.vllm.test_engine import CODE

pytestmark = pytest.mark.vllm

START_SECONDS = 120.0


@pytest.fixture(scope="module")
def url(model_config: ModelConfig) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = vllm_command(model_config, small(port=port, max_loras=1, max_lora_rank=8))
    process = subprocess.Popen(command.words, env=os.environ | command.environment)
    url = f"http://127.0.0.1:{port}"
    try:
        give_up = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < give_up:
            try:
                if httpx.get(f"{url}/health").status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.5)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


async def test_tokens_go_in_and_come_out_and_drafts_are_taken(
    url: str, model_config: ModelConfig
) -> None:
    engine = RemoteEngine(model_config, RemoteConfig(urls=url))
    await engine.start()
    tokens = engine.tokenizer.encode(CODE)
    draft = DraftSources(reference=engine.tokenizer.encode(" fibonacci(n - 2)\n"))
    request = GenerationRequest(tokens, 24, stop=("2)",), draft=draft, session_key="s")
    async with aclosing(engine.generate(request)) as stream:
        text = "".join([chunk.text async for chunk in stream])
    await engine.stop()
    assert text.endswith("fibonacci(n - ")
    page = httpx.get(f"{url}/metrics").text
    accepted = [
        float(line.rsplit(" ", 1)[1])
        for line in page.splitlines()
        if line.startswith("vllm:spec_decode_num_accepted_tokens_total{")
    ]
    assert accepted and accepted[0] >= 3, "the drafter was bound and knew the reference"


async def test_an_adapter_comes_and_goes_while_it_runs(
    url: str, model_config: ModelConfig, adapter: Path
) -> None:
    engine = RemoteEngine(model_config, RemoteConfig(urls=url))
    await engine.start()

    async def text(name: str = "") -> str:
        request = GenerationRequest(engine.tokenizer.encode(CODE), 32, adapter=name)
        async with aclosing(engine.generate(request)) as stream:
            return "".join([chunk.text async for chunk in stream])

    plain = await text()
    await engine.load_adapter("arm", adapter)
    adapted = await text("arm")
    assert adapted != plain == await text()
    for served in _adapters_at(url):
        httpx.post(f"{url}/v1/unload_lora_adapter", json={"lora_name": served})
    assert await text("arm") == adapted, "loaded again at the first request for it"
    await engine.drop_adapter("arm")
    assert not _adapters_at(url)
    with pytest.raises(EngineUnavailable):
        await text("arm")
    await engine.stop()


def _adapters_at(url: str) -> list[str]:
    listed = httpx.get(f"{url}/v1/models").json()["data"]
    return [model["id"] for model in listed if model.get("parent")]
