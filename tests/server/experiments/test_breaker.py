"""What is plainly broken is taken back by itself, the whole way round: users' requests are counted,
the counts handed on, the controller looks, the server follows, and users are served as before.

Real server, store, table of counts, driver and controller; only the clock is the tests' own.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from model import EngineUnavailable, FakePace
from rollout import Assigner, ExperimentsConfig
from rollout.health.counts import ArmName, Counts
from rollout.health.opening import LateHealthTable
from server.app import create_app
from server.data import DataConfig
from server.settings import Settings
from tests.server.arms.serving import Student
from tests.server.conftest import Client, until_ready
from tests.server.experiments.conftest import TOKEN, Operator, document

NUM_USERS = 300
WAIT_SECONDS = 60.0
OBJECTIVE_MS = 300
SLOW = FakePace(prefill_seconds=2 * OBJECTIVE_MS / 1000)
UNAVAILABLE = EngineUnavailable("it broke")
SALT = "students-1"
TREATED, CONTROL, HELD = "students treatment", "students control", "students holdout"
EVERYBODY = "stable control"
SHARE = "foretype_rollout_share{"
ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


class Clock:
    """Stands still within a minute; the next one begins when a test says so."""

    def __init__(self) -> None:
        self._now = time.time()

    def __call__(self) -> float:
        return self._now

    @property
    def minute(self) -> int:
        return int(self._now // 60)

    def next_minute(self) -> None:
        """Later than anything that the machine's clock has dated."""
        self._now = max(self._now, time.time()) + 60.0


@dataclass
class Trial:
    """An app with an experiment that runs: half of its users are served another student."""

    operator: Operator
    old: Student
    new: Student
    clock: Clock
    table: LateHealthTable
    _questions: Iterator[int] = field(default_factory=count)

    @property
    def client(self) -> Client:
        return self.operator.client

    def users_of(self, *names: str) -> list[str]:
        """Who of the users is in these arms now, each named by experiment and key."""
        assigner: Assigner = self.client.app.state.foretype.assigner
        users = [f"user-{number}" for number in range(NUM_USERS)]
        arms = {user: assigner.assign(user) for user in users}
        return [user for user in users if f"{arms[user].experiment} {arms[user].arm.key}" in names]

    async def ask(self, users: Sequence[str]) -> list[httpx.Response]:
        """One after the other, so that none waits for another one's answer."""
        return [await self._ask(user) for user in users]

    async def ask_at_once(self, users: Sequence[str]) -> list[httpx.Response]:
        return await asyncio.gather(*map(self._ask, users))

    async def _ask(self, user: str) -> httpx.Response:
        """What nobody has asked yet: an answer that is known would come at once, whoever fails."""
        text = f"x{next(self._questions)} = "
        body = {"path": "a.py", "text": text, "cursor": len(text), "user": user}
        return await self.client.http.post("/v1/predict", json=body)

    async def until_counted(self, arms: Mapping[ArmName, Counts], minute: int) -> None:
        """Until the table has all of it, from that minute on."""
        async with asyncio.timeout(WAIT_SECONDS):
            while await asyncio.to_thread(self.table.since, minute) != arms:
                await asyncio.sleep(0.02)

    async def until_taken_back(self) -> dict[str, Any]:
        """Until the server serves nobody the new student. The last line of the history."""
        async with asyncio.timeout(WAIT_SECONDS):
            while await self.status() != "rolled_back":
                await asyncio.sleep(0.02)
            [last] = (await self.operator.get("/history?limit=1"))["entries"]
            await self.operator.until_revision(last["revision"])
        assert isinstance(last, dict)
        return last

    async def status(self) -> str:
        return str((await self.operator.get())["experiments"][0]["status"])


OpenTrial = Callable[..., AbstractAsyncContextManager[Trial]]


@pytest.fixture
def open_trial(store: str, tmp_path: Path) -> OpenTrial:
    """``pace`` is the new student's, ``spec`` the experiment's."""

    @asynccontextmanager
    async def start(pace: FakePace | None = None, **spec: Any) -> AsyncIterator[Trial]:
        clock, old = Clock(), Student("1 + 1", "old-1")
        new = Student("2 + 2", "new-1", pace or FakePace())
        data = DataConfig(folder=tmp_path / "data", min_free_mb=0)
        config = ExperimentsConfig(
            store=store, admin_token=TOKEN, log=data.log_folder, objective_ms=OBJECTIVE_MS
        )
        app = create_app(
            Settings(experiments=config, data=data),
            engine=old.engine,
            build_release=lambda _release: new.engine,
            clock=clock,
        )
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http,
        ):
            await until_ready(http)
            operator = Operator(Client(http, app, old.engine))
            await _start_experiment(operator, spec)
            trial = Trial(operator, old, new, clock, LateHealthTable(store))
            async with asyncio.timeout(WAIT_SECONDS):  # the new student is loaded first
                while not trial.users_of(TREATED):
                    await asyncio.sleep(0.02)
            yield trial

    return start


async def _start_experiment(operator: Operator, spec: dict[str, Any]) -> None:
    treatment = {"key": "treatment", "changes": {"release": "new-student"}}
    names = {"key": "students", "salt": SALT, "stages": [0.5, 1.0], "treatments": [treatment]}
    assert (await operator.apply(document(**names | spec))).status_code == 200
    assert (await operator.act("start", "students")).status_code == 200


def served(answers: Sequence[httpx.Response]) -> set[str]:
    """Which arms were answered by which models. No answer may be an error."""
    assert {each.status_code for each in answers} == {200}
    bodies = [each.json() for each in answers]
    return {f"{each['experiment']} {each['arm']}: {each['model_version']}" for each in bodies}


async def test_a_treatment_that_fails_is_taken_back(open_trial: OpenTrial) -> None:
    """Its users never see an error: the old student answers in its place."""
    async with open_trial() as trial:
        treated, control = trial.users_of(TREATED), trial.users_of(CONTROL)
        assert await trial.client.metric(SHARE) == 0.5
        assert served(await trial.ask(treated[:1])) == {f"{TREATED}: new-1"}
        trial.clock.next_minute()
        trial.new.error = UNAVAILABLE
        answers = await trial.ask([*treated, *control])
        assert served(answers) == {f"{TREATED}: old-1", f"{CONTROL}: old-1"}
        trial.clock.next_minute()
        last = await trial.until_taken_back()
        assert (last["actor"], last["action"]) == ("controller", "rollback")
        assert last["reasons"] == [
            f"most requests failed for 99% of {len(treated) + 1} users a minute,"
            " for 0% of the control's; 5% at most"
        ]
        assert await trial.client.metric(SHARE) == 0.0
        assert served(await trial.ask(treated)) == {f"{EVERYBODY}: old-1"}


@ON_SQLITE
async def test_a_treatment_that_is_slow_is_taken_back(open_trial: OpenTrial) -> None:
    async with open_trial(SLOW) as trial:
        treated, control = trial.users_of(TREATED), trial.users_of(CONTROL)
        assert served(await trial.ask_at_once(treated)) == {f"{TREATED}: new-1"}
        assert served(await trial.ask(control)) == {f"{CONTROL}: old-1"}
        trial.clock.next_minute()
        last = await trial.until_taken_back()
        assert (last["actor"], last["action"]) == ("controller", "rollback")
        words = f"most requests were slow for 100% of {len(treated)} users a minute, for "
        assert last["reasons"][0].startswith(words)
        assert await trial.client.metric(SHARE) == 0.0
        assert served(await trial.ask(treated)) == {f"{EVERYBODY}: old-1"}


@ON_SQLITE
async def test_what_fails_for_all_alike_is_not_the_treatments_fault(open_trial: OpenTrial) -> None:
    """Looked at, and left: counts of a later minute come only after the look at those before."""
    async with open_trial() as trial:
        treated, control = trial.users_of(TREATED), trial.users_of(CONTROL)
        trial.new.error = trial.old.error = UNAVAILABLE
        minute = trial.clock.minute
        answers = await trial.ask([*treated, *control])
        assert {each.status_code for each in answers} == {503}
        trial.clock.next_minute()
        num_treated, num_control = len(treated), len(control)
        arms = {
            (SALT, "treatment"): Counts(num_treated, num_treated, 0),
            (SALT, "control"): Counts(num_control, num_control, 0),
        }
        await trial.until_counted(arms, minute)
        await trial.ask(control[:1])
        trial.clock.next_minute()
        arms[SALT, "control"] += Counts(1, 1, 0)
        await trial.until_counted(arms, minute)
        assert await trial.status() == "running"
        actors = [each["actor"] for each in (await trial.operator.get("/history"))["entries"]]
        assert "controller" not in actors
        assert trial.users_of(TREATED) == treated


@ON_SQLITE
async def test_what_breaks_for_everybody_but_a_holdout_is_taken_back(
    open_trial: OpenTrial,
) -> None:
    """Long after it was promoted; the model of the start answers in its place."""
    async with open_trial(holdout=0.2) as trial:
        assert (await trial.operator.act("promote", "students", to=1.0)).status_code == 200
        async with asyncio.timeout(WAIT_SECONDS):
            while not trial.users_of(HELD):
                await asyncio.sleep(0.02)
        held, others = trial.users_of(HELD), trial.users_of(EVERYBODY)
        assert len(held) + len(others) == NUM_USERS
        assert served(await trial.ask(others[:1])) == {f"{EVERYBODY}: new-1"}
        trial.clock.next_minute()  # the one of the promotion is not looked at
        trial.new.error = UNAVAILABLE
        answers = await trial.ask([*held, *others])
        assert served(answers) == {f"{HELD}: old-1", f"{EVERYBODY}: old-1"}
        trial.clock.next_minute()
        last = await trial.until_taken_back()
        assert (last["actor"], last["action"]) == ("controller", "rollback")
        assert last["reasons"] == [
            f"most requests failed for 100% of {len(others)} users a minute,"
            " for 0% of the control's; 5% at most"
        ]
        assert (await trial.operator.get())["stable"] == {}
        before = len(trial.new.engine.requests)
        assert served(await trial.ask([*held, *others])) == {f"{EVERYBODY}: old-1"}
        assert len(trial.new.engine.requests) == before
