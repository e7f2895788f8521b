"""Each arm is answered by its release's engine; if that cannot, as everybody is, without error."""

import asyncio
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from eventlog import ExposureRecord, PredictionRecord
from model import (
    EngineError,
    EngineOverloaded,
    EngineUnavailable,
    FakePace,
)
from rollout import Assignment, RolloutConfig, plan_of, stable_arm
from rollout.experiments import transitions
from rollout.experiments.state import RolloutState
from server.data import DataConfig
from server.predictions import is_ready
from server.predictions.keeping import releases_of
from server.settings import Settings
from tests.server.arms.serving import (
    FALLBACKS,
    NEW,
    NOW,
    TOO_LONG,
    UNAVAILABLE,
    Student,
    serving,
    state_at,
    until,
)
from tests.server.data.conftest import records
from tests.server.test_spared_keystrokes import LINE, body


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
