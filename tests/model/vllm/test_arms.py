"""A release tried by an experiment, on real vLLM: its adapter beside the model that is there."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("vllm")

from safetensors.torch import load_file, save_file

from model import ModelConfig
from model.vllm.engine import VllmEngine
from prompt_format import FORMATS
from rollout import ExperimentsConfig
from rollout.desk import Action, RolloutDesk, Wish
from rollout.experiments.catalogue import Catalogue
from rollout.experiments.document import read_fields
from rollout.store.opening import open_store
from server.app import create_app
from server.settings import Settings
from tests.model.tiny_release import write_record
from tests.model.vllm.conftest import small

pytestmark = pytest.mark.vllm

WAIT_SECONDS = 300.0
TEXT = "def fibonacci(n):\n    if n < 2:\n        return n\n    return fib"
USERS = [f"user-{number}" for number in range(6)]


@pytest.fixture
def release(adapter: Path, real_folder: Path) -> Path:
    """So much of random weights that nothing it says is what the base says."""
    weights = adapter / "adapter_model.safetensors"
    save_file({name: 20 * tensor for name, tensor in load_file(weights).items()}, weights)
    write_record(adapter, real_folder, name="random-student", prompt_format="completion")
    return adapter


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not is_so():
            await asyncio.sleep(0.1)


async def test_it_is_loaded_served_to_its_users_and_let_go(
    model_config: ModelConfig, release: Path, tmp_path: Path
) -> None:
    store = str(tmp_path / "rollout.sqlite")
    desk = RolloutDesk(open_store(store), Catalogue(FORMATS))
    treatment = {"key": "treatment", "changes": {"release": str(release)}}
    spec = {"key": "students", "salt": "a", "stages": [0.5, 1.0], "treatments": [treatment]}
    settings = Settings(model=model_config, experiments=ExperimentsConfig(store=store))
    app = create_app(settings, engine=VllmEngine(model_config, small(max_loras=2, max_lora_rank=8)))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http,
    ):
        state = app.state.foretype

        async def answers() -> dict[str, list[dict[str, Any]]]:
            body = {"path": "a.py", "text": TEXT, "cursor": len(TEXT), "deadline_ms": 60_000}
            found: dict[str, list[dict[str, Any]]] = {}
            for user in USERS:
                answer = (await http.post("/v1/predict", json={**body, "user": user})).json()
                found.setdefault(f"{answer['experiment']} {answer['arm']}", []).append(answer)
            return found

        await until(lambda: state.readiness.is_ready)
        desk.apply(read_fields({"version": 1, "experiments": [spec]}), "test")
        desk.carry_out(Wish(Action.START, "students", "test"))
        await until(lambda: bool(state.assigner.plan.experiments))
        before = await answers()
        assert set(before) == {"students treatment", "students control"}
        [base] = {each["model_version"] for each in before["students control"]}
        [treated] = {each["model_version"] for each in before["students treatment"]}
        assert treated.startswith(f"{base}+")
        texts = [{str(each["edits"]) for each in before[name]} for name in before]
        assert texts[0] != texts[1]
        desk.carry_out(Wish(Action.ROLL_BACK, "students", "test"))
        await until(lambda: len(state.engines.served) == 1)
        after = await answers()
        assert set(after) == {"stable control"}
        assert {each["model_version"] for each in after["stable control"]} == {base}
