"""The composition root: the one place that knows which part is made of which."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from model import BuildRelease, Engine, Engines, build_beside
from prompt_format import UnknownPromptFormat, find_format
from rollout import ArmChanges, ArmDefaults, Assigner, plan_of, stable_arm
from server.body_limit import BodyLimit
from server.compressed_bodies import CompressedBodies
from server.data import build_data
from server.errors import install_error_handlers
from server.experiments import HealthMeter, PlanKeeper, RolloutMetrics, build_experiments
from server.metrics import Metrics
from server.predictions import PredictionService, is_ready, keep_engines
from server.readiness import Readiness
from server.request_scope import RequestScope
from server.routes import edits, health, metrics, models, predict, reports, rollout, users
from server.settings import Settings, SettingsError
from server.state import AppState


def create_app(
    settings: Settings,
    *,
    engine: Engine,
    on_ready: Callable[[], None] = lambda: None,
    build_release: BuildRelease | None = None,
    clock: Callable[[], float] = time.time,
) -> FastAPI:
    """Put the application together; its lifespan starts, warms up and stops ``engine``.

    ``on_ready`` is called once, when the engine has answered its warm-up. ``build_release`` makes
    the engines of releases that arms name; without it they are made as ``engine`` was.
    ``clock`` is the Unix time by which experiments are looked at.

    Raises ``SettingsError`` if an arm names a format that is not registered, ``EventLogError`` if
    the data folder cannot be used, and ``RolloutError`` if no store of experiments could be there.
    """
    stable = stable_arm(settings.rollout, _arm_defaults(engine))
    assigner = Assigner(plan_of(stable))
    _check_arms(assigner)
    observed = Metrics()
    data = build_data(settings.data, observed.registry)
    engines = Engines(engine, build_release or partial(build_beside, engine, settings.model))
    meter = HealthMeter(settings.experiments.objective_ms / 1000, clock)
    rollout_metrics = RolloutMetrics(observed.registry)
    keeper = PlanKeeper(
        stable,
        assigner,
        rollout_metrics,
        partial(_wanted_by, engines),
        partial(is_ready, engines),
    )
    experiments = build_experiments(
        settings.experiments,
        keeper,
        rollout_metrics,
        meter,
        engines.problem_of,
        _judged_log(settings),
        _mature_seconds(settings),
        clock,
        observed.registry,
    )
    service = PredictionService(
        engines=engines,
        assigner=assigner,
        settings_arm=stable,
        judge_config=settings.judge,
        sessions_config=settings.sessions,
        metrics=observed,
        follower=data.follower,
        meter=meter,
    )
    readiness = Readiness(observed, on_ready)

    async def bring_up() -> None:
        await readiness.warm_up(engine, service)
        await keep_engines(engines, assigner, keeper.again)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        data.start()
        if experiments is not None:
            await asyncio.to_thread(experiments.start)
        await engines.start()
        bringing_up = asyncio.create_task(bring_up())
        try:
            yield
        finally:
            bringing_up.cancel()
            with suppress(asyncio.CancelledError):
                await bringing_up
            service.stop()
            await engines.stop()
            if experiments is not None:
                await asyncio.to_thread(experiments.stop)
            await asyncio.to_thread(data.stop)

    app = FastAPIOffline(
        redoc_url=None,
        title="Foretype",
        description="Edit prediction: the edit that the developer is about to make.",
        version=version("foretype-server"),
        lifespan=lifespan,
    )
    app.state.foretype = AppState(
        settings, engines, assigner, service, data, experiments, readiness, observed
    )
    install_error_handlers(app)
    app.add_middleware(CompressedBodies, max_body_bytes=settings.server.max_body_bytes)
    app.add_middleware(BodyLimit, max_body_bytes=settings.server.max_body_bytes)
    app.add_middleware(RequestScope, metrics=observed)
    for module in (predict, edits, reports, users, rollout, models, health, metrics):
        app.include_router(module.router)
    return app


def _judged_log(settings: Settings) -> Path | None:
    """A part of the users is no evidence: with a shared store, the log has to be named."""
    store = settings.experiments.store or ""
    own = None if "://" in store else settings.data.log_folder
    return settings.experiments.log or own


def _mature_seconds(settings: Settings) -> float:
    """Age of a prediction at which it is judged."""
    wanted = settings.experiments.mature_seconds
    return settings.data.mature_seconds if wanted is None else wanted


def _arm_defaults(engine: Engine) -> ArmDefaults:
    """How the engine's model was trained to be asked."""
    return ArmDefaults() if engine.card is None else ArmDefaults(**asdict(engine.card))


def _wanted_by(engines: Engines, release: str) -> ArmChanges:
    """How a release was trained to be asked."""
    card = engines.card_of(release)
    return ArmChanges() if card is None else ArmChanges(**asdict(card))


def _check_arms(assigner: Assigner) -> None:
    for assignment in assigner.plan.assignments():
        arm = assignment.arm
        try:
            find_format(arm.prompt_format)
        except UnknownPromptFormat as error:
            raise SettingsError(
                f"arm {arm.key} of experiment {assignment.experiment}:"
                f" prompt format {arm.prompt_format}: {error}"
            ) from None
