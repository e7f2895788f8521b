"""The keys of a window, whichever arm it is answered by."""

import asyncio

from model import (
    FakePace,
)
from rollout import plan_of
from rollout.experiments import transitions
from tests.server.arms.serving import (
    FALLBACKS,
    MARKER,
    NOW,
    UNAVAILABLE,
    Student,
    serving,
    state_at,
    until,
)
from tests.server.test_spared_keystrokes import LINE


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
