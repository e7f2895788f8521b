"""Each arm is answered by its release's engine; if that cannot, as everybody is, without error."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from eventlog import ExposureRecord, PredictionRecord
from model import (
    EngineError,
    EngineOverloaded,
    EngineUnavailable,
    FakeAnswer,
    FakeEngine,
    FakePace,
    GenerationRequest,
    ModelFilesError,
    PromptTooLong,
    UnencodableText,
)
from prompt_format import PromptInput
from quality import JudgeConfig
from rollout import Assignment, Plan, RolloutConfig, plan_of, stable_arm
from rollout.experiments import transitions
from rollout.experiments.document import RolloutDocument
from rollout.experiments.state import RolloutState
from rollout.health.counts import Counts
from server.app import create_app
from server.data import DataConfig
from server.experiments import HealthMeter
from server.predictions import Ask, Caller, Prediction, PredictionService, is_ready
from server.predictions.keeping import releases_of
from server.sessions import SessionsConfig
from server.settings import Settings
from server.state import AppState
from tests.server.conftest import Client, until_ready
from tests.server.data.conftest import records
from tests.server.test_spared_keystrokes import LINE, body

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


@pytest.fixture
def base() -> Student:
    return Student(LINE, "base-1")


@pytest.fixture
def new() -> Student:
    return Student("width * height", "new-1")


async def test_an_arm_is_answered_by_its_releases_engine(base: Student, new: Student) -> None:
    async with serving(base, new) as served:
        await served.put_in_force(state_at())
        treated = await served.predict(served.arms["treatment"])
        control = await served.predict(served.arms["control"])
        assert (treated["experiment"], treated["arm"]) == ("models", "treatment")
        assert (treated["model_version"], control["model_version"]) == ("new-1", "base-1")
        assert "width * height" in treated["output"] and LINE in control["output"]
        assert not (await served.in_process(served.arms["treatment"])).is_fallback
        assert await served.client.metric("foretype_fallbacks_total") == 0
        listed = (await served.client.http.get("/v1/models")).json()
        assert [(each["release"], each["version"]) for each in listed["data"]] == [
            ("", "base-1"),
            (NEW, "new-1"),
        ]
        arms = [[each["arm"] for each in model["arms"]] for model in listed["data"]]
        assert arms == [["control", "control"], ["treatment"]]
        assert listed["problems"] == {}


async def test_users_come_when_the_engine_is_there(base: Student, new: Student) -> None:
    """Before that nobody is in the experiment: loading costs an arm no reputation."""
    is_loaded = threading.Event()
    async with serving(base, new, is_loaded=is_loaded) as served:
        assigner, ready = served.state.assigner, partial(is_ready, served.state.engines)
        plan = plan_of(served.plan.stable.arm, state_at())
        assigner.want(plan, ready)
        user = next(
            f"user-{number}"
            for number in range(200)
            if plan.assign(f"user-{number}").arm.key == "treatment"
        )
        before = await served.predict(user)
        assert (before["experiment"], before["model_version"]) == ("stable", "base-1")
        is_loaded.set()
        await until(lambda: served.plan is plan)
        after = await served.predict(user)
        assert (after["experiment"], after["arm"]) == ("models", "treatment")
        assert after["model_version"] == "new-1"
        assert await served.client.metric("foretype_fallbacks_total") == 0
        rolled_back = plan_of(served.plan.stable.arm, RolloutState())
        assigner.want(rolled_back, ready)
        assert served.plan is rolled_back


async def test_a_release_that_cannot_load_is_answered_for_and_told_of(base: Student) -> None:
    async with serving(base, None) as served:
        await served.put_in_force(state_at(), is_served=False)
        user = served.arms["treatment"]
        answer = await served.predict(user)
        assert (answer["arm"], answer["model_version"]) == ("treatment", "base-1")
        assert LINE in answer["output"]
        prediction = await served.in_process(user)
        assert prediction.is_fallback
        assert (prediction.assignment.experiment, prediction.assignment.salt) == (
            "models",
            "models-1",
        )
        assert prediction.assignment.is_measured and prediction.assignment.arm.release == NEW
        assert await served.client.metric(FALLBACKS % "not_ready") == 2
        listed = (await served.client.http.get("/v1/models")).json()
        assert [each["release"] for each in listed["data"]] == [""]
        assert listed["problems"] == {NEW: "its files are missing"}
        assert (await served.client.http.get("/readyz")).status_code == 200


@pytest.mark.parametrize("error", [UNAVAILABLE, EngineOverloaded("too many")])
async def test_an_engine_that_fails_half_way_is_answered_for(
    base: Student, new: Student, error: EngineError
) -> None:
    async with serving(base, new) as served:
        await served.put_in_force(state_at())
        user = served.arms["treatment"]
        new.error = error
        answer = await served.predict(user)
        assert (answer["arm"], answer["model_version"]) == ("treatment", "base-1")
        assert LINE in answer["output"] and answer["reason"] is None
        assert (await served.in_process(user)).is_fallback
        assert await served.client.metric(FALLBACKS % error.code) == 2
        new.error = None
        assert (await served.predict(user, "x"))["model_version"] == "new-1"
        assert await served.client.metric(FALLBACKS % error.code) == 2


async def test_who_stands_in_asks_as_everybody_is_asked(base: Student, new: Student) -> None:
    """The treatment's prompt is for its own model only, the format asked for is the caller's."""
    async with serving(base, new) as served:
        await served.put_in_force(state_at(max_output_tokens=7, prompt_format="foretype-region"))
        user = served.arms["treatment"]
        await served.predict(user)
        assert new.engine.requests[-1].max_tokens == 7
        new.error = UNAVAILABLE
        await served.predict(user, "x")
        mine, everybodys = new.engine.requests[-1], base.engine.requests[-1]
        assert (mine.max_tokens, everybodys.max_tokens) == (7, 48)
        assert mine.prompt_tokens != everybodys.prompt_tokens
        await served.predict(user, "y", prompt_format="foretype-region")
        mine, everybodys = new.engine.requests[-1], base.engine.requests[-1]
        assert mine.prompt_tokens == everybodys.prompt_tokens


@pytest.mark.parametrize("release", [NEW, None])
async def test_what_only_an_arm_refuses_is_answered_as_for_everybody(
    base: Student, new: Student, tmp_path: Path, release: str | None
) -> None:
    """A text with a marker of the treatment's format: its users see no error, and it is blamed."""
    settings = Settings(data=DataConfig(folder=tmp_path / "data", min_free_mb=0))
    async with serving(base, new, settings) as served:
        await served.put_in_force(state_at(prompt_format="zeta1", release=release))
        user = served.arms["treatment"]
        treated = await served.predict(user, MARKER)
        control = await served.predict(served.arms["control"], MARKER)
        assert (treated["arm"], treated["model_version"]) == ("treatment", "base-1")
        assert LINE in treated["output"] and treated["reason"] is None
        assert treated["output"] == control["output"]
        assert await served.client.metric(FALLBACKS % "refused") == 1
        usual = await served.predict(user)
        assert usual["model_version"] == ("base-1" if release is None else "new-1")
        assert await served.client.metric("foretype_fallbacks_total") == 1
    kept = records(tmp_path / "data")
    exposed = {each.arm for each in kept if isinstance(each, ExposureRecord)}
    assert exposed == {"treatment", "control"}
    made = [each for each in kept if isinstance(each, PredictionRecord)]
    told = [(each.arm, each.is_fallback, each.failed) for each in made]
    assert told == [
        ("treatment", True, False),
        ("control", False, False),
        ("treatment", False, False),
    ]


@pytest.mark.parametrize("error", [TOO_LONG, UnencodableText(3)])
async def test_an_engine_that_refuses_is_answered_for(
    base: Student, new: Student, error: EngineError
) -> None:
    async with serving(base, new) as served:
        await served.put_in_force(state_at())
        new.error = error
        assert (await served.in_process(served.arms["treatment"])).is_fallback
        assert await served.client.metric(FALLBACKS % "refused") == 1


async def test_the_breaker_hears_of_what_only_an_arm_refuses(base: Student) -> None:
    now = 6000.0
    meter = HealthMeter(60.0, lambda: now)
    async with serving(base, None) as served:
        await served.put_in_force(state_at(prompt_format="zeta1", release=None))
        state = served.state
        service = PredictionService(
            engines=state.engines,
            assigner=state.assigner,
            settings_arm=served.plan.stable.arm,
            judge_config=JudgeConfig(),
            sessions_config=SessionsConfig(),
            metrics=state.metrics,
            follower=state.data.follower,
            meter=meter,
        )
        for arm in ("treatment", "control"):
            await service.predict(asked(served.arms[arm], f"{MARKER} = "))
    now += 60.0
    assert meter.take() == {
        100: {
            ("models-1", "treatment"): Counts(users=1, failed=1, slow=0),
            ("models-1", "control"): Counts(users=1, failed=0, slow=0),
        }
    }


async def test_what_everybodys_arm_refuses_as_well_is_the_callers_fault(
    base: Student, new: Student, tmp_path: Path
) -> None:
    settings = Settings(data=DataConfig(folder=tmp_path / "data", min_free_mb=0))
    async with serving(base, new, settings) as served:
        await served.put_in_force(state_at())
        for arm in ("treatment", "control"):
            request = body(MARKER, user=served.arms[arm], prompt_format="zeta1")
            answer = await served.client.http.post("/v1/predict", json=request)
            said = (answer.status_code, answer.json()["error"]["code"])
            assert said == (400, "special_token_in_input")
        assert await served.client.metric("foretype_fallbacks_total") == 0
    assert not records(tmp_path / "data")


async def test_what_everybody_is_served_may_refuse(base: Student, new: Student) -> None:
    """The arm of the settings stands in for an engine, not for what is wanted of it."""
    async with serving(base, new) as served:
        await served.put_in_force(state_at(stage=1, prompt_format="zeta1"))
        asked = len(base.engine.requests)
        answer = await served.client.http.post("/v1/predict", json=body(MARKER, user="anybody"))
        assert answer.json()["error"]["code"] == "special_token_in_input"
        assert (await served.predict("anybody"))["model_version"] == "new-1"
        assert len(base.engine.requests) == asked


async def test_an_engine_is_not_asked_again_for_what_it_failed_at(
    base: Student, new: Student
) -> None:
    """Else an arm on the same engine would have two tries, and the control one."""
    async with serving(base, new) as served:
        await served.put_in_force(state_at(max_output_tokens=7, release=None))
        base.error = UNAVAILABLE
        for arm in ("treatment", "control"):
            asked = len(base.engine.requests)
            request = body("", user=served.arms[arm])
            answer = await served.client.http.post("/v1/predict", json=request)
            assert answer.status_code == 503
            assert len(base.engine.requests) == asked + 1
        assert await served.client.metric("foretype_fallbacks_total") == 0


async def test_the_keys_of_a_window_that_is_answered_for_go_on_as_ever() -> None:
    """The newer request supersedes the older one, and is given what that one's answer says."""
    base = Student(LINE, "base-1", FakePace(step_tokens=1, step_seconds=0.05))
    async with serving(base, None) as served:
        await served.put_in_force(state_at(prompt_format="zeta1", release=None))
        user = served.arms["treatment"]
        marked = {"path": f"{MARKER}.py"}
        asked = len(base.engine.requests)
        older = asyncio.create_task(served.predict(user, **marked))
        await until(lambda: len(base.engine.requests) > asked)
        ahead = await served.predict(user, LINE[:1], **marked)
        assert (await older)["reason"] == "superseded"
        through = await served.predict(user, LINE[:2], **marked)
        assert (ahead["source"], through["source"]) == ("typed_ahead", "typed_through")
        assert len(base.engine.requests) == asked + 1
        assert await served.client.metric(FALLBACKS % "refused") == 3


async def test_what_follows_is_generated_ahead_by_who_answered(base: Student) -> None:
    async with serving(base, None) as served:
        await served.put_in_force(state_at(prompt_format="zeta1", release=None))
        user = served.arms["treatment"]
        marked = {"path": f"{MARKER}.py"}
        await served.predict(user, **marked)
        asked = len(base.engine.requests)
        await until(lambda: len(base.engine.requests) > asked and base.engine.is_idle)
        accepted = await served.predict(user, LINE, **marked)
        assert (accepted["arm"], accepted["source"]) == ("treatment", "prefetched")


async def test_if_both_fail_it_is_an_error_as_ever(base: Student, new: Student) -> None:
    async with serving(base, new) as served:
        await served.put_in_force(state_at())
        new.error, base.error = UNAVAILABLE, EngineOverloaded("too many")
        for arm in ("treatment", "control"):
            request = body("", user=served.arms[arm])
            answer = await served.client.http.post("/v1/predict", json=request)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")
        assert await served.client.metric('foretype_fallbacks_total{arm="control"') == 0


@pytest.mark.parametrize("error", [UNAVAILABLE, TOO_LONG])
async def test_standing_in_takes_no_longer_than_the_deadline(error: EngineError) -> None:
    base = Student(LINE, "base-1", FakePace(step_seconds=0.4))
    new = Student(LINE, "new-1", FakePace(step_seconds=0.2))
    async with serving(base, new) as served:
        await served.put_in_force(state_at())
        new.error = error
        answer = await served.predict(served.arms["treatment"], deadline_ms=400)
        assert (answer["reason"], answer["model_version"]) == ("deadline_exceeded", "base-1")
        assert answer["timing"]["total_ms"] < 700
        assert base.engine.is_idle


async def test_what_everybody_is_served_has_the_model_of_the_start_behind_it(
    base: Student, new: Student
) -> None:
    """After a promotion, which outlives the process, or where its release is not."""
    async with serving(base, new) as served:
        await served.put_in_force(state_at(stage=1))
        answer = await served.predict("anybody")
        assert (answer["experiment"], answer["model_version"]) == ("stable", "new-1")
        new.error = UNAVAILABLE
        answer = await served.predict("anybody", "x")
        assert (answer["experiment"], answer["model_version"]) == ("stable", "base-1")
    async with serving(base, None) as served:
        await served.put_in_force(state_at(stage=1), is_served=False)
        answer = await served.predict("anybody")
        assert (answer["experiment"], answer["model_version"]) == ("stable", "base-1")


async def test_what_is_not_in_the_plan_any_more_is_not_served(base: Student, new: Student) -> None:
    async with serving(base, new) as served:
        await served.put_in_force(state_at())
        rolled_back = transitions.roll_back(state_at(), "models", NOW)
        served.plan = plan_of(served.state.assigner.plan.stable.arm, rolled_back)
        await until(lambda: NEW not in served.state.engines.served)
        with pytest.raises(EngineUnavailable):
            await anext(new.engine.generate(new.engine.requests[-1]))
        assert (await served.predict("anybody"))["model_version"] == "base-1"


def test_whoever_may_be_served_a_release_has_its_engine() -> None:
    """By their place, or by an override alone."""
    plan = plan_of(stable_arm(RolloutConfig()), state_at())
    other = replace(plan.stable.arm, key="other", release="student-2")
    wanted = replace(plan, overrides={"ann": Assignment("models", other)})
    assert wanted.assign("ann").arm is other
    assert releases_of(wanted) == ["", NEW, "student-2"]


async def test_a_session_never_mixes_arms(base: Student) -> None:
    """Neither what was shown, nor what was answered, nor what is under way is another arm's."""
    same = Student(LINE, "new-1")
    async with serving(base, same) as served:
        await served.put_in_force(state_at())
        user = served.arms["treatment"]
        first = await served.predict(user)
        through = await served.predict(user, LINE[:2])
        assert (first["source"], through["source"]) == ("model", "typed_through")
        before = served.state.assigner.plan
        rolled_back = transitions.roll_back(state_at(), "models", NOW)
        served.plan = plan_of(before.stable.arm, rolled_back)
        other = await served.predict(user, LINE[:3])
        assert (other["source"], other["model_version"]) == ("model", "base-1")
        assert base.engine.requests[-1].draft.previous == ()
        repeated = await served.predict(user)
        assert (repeated["source"], repeated["model_version"]) == ("model", "base-1")
        served.plan = before
        again = await served.predict(user)
        assert (again["source"], again["model_version"]) == ("typed_through", "new-1")


async def test_the_arm_is_told_apart_from_who_stands_in(base: Student) -> None:
    """Even if both engines say that they have the same version."""
    same = Student(LINE, "base-1")
    async with serving(base, same) as served:
        await served.put_in_force(state_at())
        user = served.arms["treatment"]
        await served.predict(user)
        same.error = UNAVAILABLE
        assert (await served.predict(user, "px"))["source"] == "model"
        same.error = None
        assert (await served.predict(user, "px"))["source"] == "model"


async def test_keys_during_an_answer_of_another_arm_ask_anew() -> None:
    slow = FakePace(step_tokens=1, step_seconds=0.05)
    base, same = Student(LINE, "base-1", slow), Student(LINE, "new-1", slow)
    async with serving(base, same) as served:
        await served.put_in_force(state_at())
        user = served.arms["treatment"]
        older = asyncio.create_task(served.predict(user))
        await asyncio.sleep(0.1)
        rolled_back = transitions.roll_back(state_at(), "models", NOW)
        served.plan = plan_of(served.state.assigner.plan.stable.arm, rolled_back)
        newer = await served.predict(user, LINE[:1])
        assert (await older)["reason"] == "superseded"
        assert (newer["source"], newer["model_version"]) == ("model", "base-1")
        assert LINE in newer["output"]


async def test_the_next_answer_is_generated_ahead_by_the_same_arm(
    base: Student, new: Student
) -> None:
    async with serving(base, new) as served:
        await served.put_in_force(state_at())
        await served.predict(served.arms["treatment"])
        asked = (len(base.engine.requests), len(new.engine.requests))
        await until(lambda: len(new.engine.requests) > asked[1])
        assert len(base.engine.requests) == asked[0]


async def test_what_stands_in_counts_for_the_arm(base: Student, tmp_path: Path) -> None:
    settings = Settings(data=DataConfig(folder=tmp_path / "data", min_free_mb=0))
    async with serving(base, None, settings) as served:
        await served.put_in_force(state_at(), is_served=False)
        user = served.arms["treatment"]
        answer = await served.predict(user)
        outcome = {"prediction_id": answer["prediction_id"], "outcome": "accepted"}
        report = {"user": user, "outcomes": [outcome]}
        told = await served.client.http.post("/v1/outcomes", json=report)
        assert told.status_code == 200, told.text
        counted = 'foretype_outcomes_total{arm="treatment",experiment="models"'
        assert await served.client.metric(counted) == 1
        while not await served.client.metric('foretype_exposures_total{arm="treatment"'):
            await asyncio.sleep(0.01)
    kept = records(tmp_path / "data")
    [exposure] = [each for each in kept if isinstance(each, ExposureRecord)]
    assert (exposure.arm, exposure.salt) == ("treatment", "models-1")
    [made] = [each for each in kept if isinstance(each, PredictionRecord)]
    assert (made.experiment, made.arm, made.model_version) == ("models", "treatment", "base-1")
    assert made.user == exposure.user
    assert not made.failed


async def test_a_caller_may_still_prefer_the_treatment(base: Student, new: Student) -> None:
    settings = Settings(rollout=RolloutConfig(max_output_tokens=64))
    async with serving(base, new, settings) as served:
        await served.put_in_force(state_at())
        answer = await served.predict(served.arms["control"], experiment="models")
        assert (answer["arm"], answer["model_version"]) == ("treatment", "new-1")
