"""A service whose arms have releases of their own."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from model import (
    EngineError,
    EngineUnavailable,
    FakeAnswer,
    FakeEngine,
    FakePace,
    GenerationRequest,
    ModelFilesError,
    PromptTooLong,
)
from prompt_format import PromptInput
from rollout import Plan, plan_of
from rollout.experiments import transitions
from rollout.experiments.document import RolloutDocument
from rollout.experiments.state import RolloutState
from server.app import create_app
from server.predictions import Ask, Caller, Prediction
from server.predictions.keeping import releases_of
from server.settings import Settings
from server.state import AppState
from tests.server.conftest import Client, until_ready
from tests.server.test_spared_keystrokes import body

NOW = datetime(2026, 11, 30, tzinfo=UTC)
WAIT_SECONDS = 10.0
NEW = "new-student"
UNAVAILABLE = EngineUnavailable("it broke")
TOO_LONG = PromptTooLong("5000 tokens")
MARKER = "<|editable_region_start|>"
"""Of ``zeta1``, which refuses a text that holds it."""
FALLBACKS = 'foretype_fallbacks_total{arm="treatment",cause="%s",experiment="models"}'


def state_at(stage: int = 0, **changes: Any) -> RolloutState:
    """An experiment whose treatment is another release, at a stage; the last one is everybody.

    With ``release=None`` it is the same, asked differently.
    """
    treatments = [{"key": "treatment", "changes": {"release": NEW} | changes}]
    spec = {"key": "models", "salt": "models-1", "treatments": treatments, "stages": [0.4, 1.0]}
    document = RolloutDocument.model_validate({"version": 1, "experiments": [spec]})
    state = transitions.start(transitions.apply(RolloutState(), document), "models", NOW)
    for _each in range(stage):
        state = transitions.promote(state, "models", NOW)
    return state


@dataclass
class Student:
    """A fake engine that says ``line`` until it is told to fail with ``error``, half-way."""

    line: str
    version: str
    pace: FakePace = field(default_factory=FakePace)
    error: EngineError | None = None

    def __post_init__(self) -> None:
        self.engine = FakeEngine(self._answer, self.pace, version=self.version)

    def _answer(self, _request: GenerationRequest) -> FakeAnswer:
        return FakeAnswer(f"{self.line}\n", self.error)


class Served:
    """An app with two students, and who is in which arm."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.state: AppState = client.app.state.foretype

    @property
    def arms(self) -> Mapping[str, str]:
        """The first user of each arm."""
        users: dict[str, str] = {}
        for number in range(200):
            assignment = self.state.assigner.plan.assign(f"user-{number}")
            users.setdefault(assignment.arm.key, f"user-{number}")
        return users

    @property
    def plan(self) -> Plan:
        return self.state.assigner.plan

    @plan.setter
    def plan(self, plan: Plan) -> None:
        """In force at once, whatever is ready."""
        self.state.assigner.plan = self.state.assigner.wanted = plan

    async def put_in_force(self, state: RolloutState, is_served: bool = True) -> None:
        """Serve the state; wait for its engines, or for word of what is wrong with them."""
        stable = plan_of(self.state.assigner.plan.stable.arm).stable.arm
        self.plan = plan_of(stable, state)
        engines = self.state.engines
        wanted = set(releases_of(self.plan)) - {""}
        await until(lambda: wanted <= (engines.served if is_served else engines.problems).keys())

    async def predict(self, user: str, typed: str = "", **more: Any) -> dict[str, Any]:
        return await self.client.predict(**body(typed, user=user, **more))

    async def in_process(self, user: str) -> Prediction:
        """The service's own answer."""
        return await self.state.service.predict(asked(user, "total = "))


def asked(user: str, text: str) -> Ask:
    prompt_input = PromptInput(
        cursor_path="a.py", cursor_excerpt=text, cursor_offset_in_excerpt=len(text)
    )
    return Ask("id", prompt_input, Caller(user), deadline=time.monotonic() + WAIT_SECONDS)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not is_so():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(
    base: Student,
    new: Student | None,
    settings: Settings | None = None,
    is_loaded: threading.Event | None = None,
) -> AsyncIterator[Served]:
    def build(_release: str) -> FakeEngine:
        if is_loaded is not None:
            is_loaded.wait(WAIT_SECONDS)
        if new is None:
            raise ModelFilesError("its files are missing")
        return new.engine

    app = create_app(settings or Settings(), engine=base.engine, build_release=build)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as http,
    ):
        await until_ready(http)
        yield Served(Client(http, app, base.engine))
