"""What only one arm refuses is answered as for everybody, and is a failure of that arm."""

from pathlib import Path

import pytest

from eventlog import ExposureRecord, PredictionRecord
from model import (
    EngineError,
    UnencodableText,
)
from quality import JudgeConfig
from rollout.health.counts import Counts
from server.data import DataConfig
from server.experiments import HealthMeter
from server.predictions import PredictionService
from server.sessions import SessionsConfig
from server.settings import Settings
from tests.server.arms.serving import (
    FALLBACKS,
    MARKER,
    NEW,
    TOO_LONG,
    Student,
    asked,
    serving,
    state_at,
)
from tests.server.data.conftest import records
from tests.server.test_spared_keystrokes import LINE, body


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
