"""A release whose files come after the document that names it."""

import asyncio
from pathlib import Path

import httpx

from model import FakeEngine, ModelCard, ModelFilesError
from rollout import ExperimentsConfig
from rollout.desk import Action, RolloutDesk, Wish
from rollout.experiments.catalogue import Catalogue
from rollout.experiments.document import read_fields
from rollout.store.opening import open_store
from server.app import create_app
from server.settings import Settings
from tests.server.conftest import Client, until_ready
from tests.server.experiments.conftest import document

CARD = ModelCard(prompt_format="foretype-region", max_prompt_tokens=900, max_output_tokens=99)


async def test_it_is_asked_as_it_was_trained(tmp_path: Path) -> None:
    store = str(tmp_path / "rollout.sqlite")
    desk = RolloutDesk(open_store(store), Catalogue(()))
    late = {"key": "treatment", "changes": {"release": "late-student"}}
    desk.apply(read_fields(document(stages=[0.5, 1.0], treatments=[late])), "test")
    desk.carry_out(Wish(Action.START, "formats", "test"))
    is_there = False

    def build(_release: str) -> FakeEngine:
        if not is_there:
            raise ModelFilesError("its files are missing")
        return FakeEngine(card=CARD, version="late-1")

    settings = Settings(experiments=ExperimentsConfig(store=store))
    app = create_app(settings, engine=FakeEngine(), build_release=build)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as http,
    ):
        await until_ready(http)
        state = app.state.foretype
        async with asyncio.timeout(60):  # it is tried again after ten seconds
            while not state.engines.problems:
                await asyncio.sleep(0.02)
            assert {each.arm.key for each in state.assigner.plan.assignments()} == {"control"}
            is_there = True
            while len(list(state.assigner.plan.assignments())) < 3:
                await asyncio.sleep(0.02)
        arms = [each.arm for each in state.assigner.plan.assignments()]
        [treated] = [arm for arm in arms if arm.key == "treatment"]
        assert (treated.prompt_format, treated.max_output_tokens) == ("foretype-region", 99)
        client = Client(http, app, FakeEngine())
        body = {"path": "a.py", "text": "x = ", "cursor": 4}
        versions = {
            (await client.predict(**body, user=f"user-{n}"))["model_version"] for n in range(20)
        }
        assert versions == {"1", "late-1"}
