"""The composition root: the one place that knows which part is made of which."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from importlib.metadata import version

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from model import Engine
from prompt_format import UnknownPromptFormat, find_format
from rollout import ArmDefaults, Assigner, plan_of, stable_arm
from server.body_limit import BodyLimit
from server.compressed_bodies import CompressedBodies
from server.data import build_data
from server.errors import install_error_handlers
from server.experiments import build_experiments
from server.experiments.metrics import RolloutMetrics
from server.metrics import Metrics
from server.predictions import PredictionService
from server.readiness import Readiness
from server.request_scope import RequestScope
from server.routes import edits, health, metrics, models, predict, reports, rollout, users
from server.settings import Settings, SettingsError
from server.state import AppState


def create_app(
    settings: Settings, *, engine: Engine, on_ready: Callable[[], None] = lambda: None
) -> FastAPI:
    """Put the application together; its lifespan starts, warms up and stops ``engine``.

    ``on_ready`` is called once, when the engine has answered its warm-up.

    Raises ``SettingsError`` if an arm names a format that is not registered, and ``EventLogError``
    if the data folder cannot be used.
    """
    stable = stable_arm(settings.rollout, _arm_defaults(engine))
    assigner = Assigner(plan_of(stable))
    _check_arms(assigner)
    observed = Metrics()
    data = build_data(settings.data, observed.registry)
    experiments = build_experiments(
        settings.experiments, stable, assigner, RolloutMetrics(observed.registry)
    )
    service = PredictionService(
        engine=engine,
        assigner=assigner,
        judge_config=settings.judge,
        sessions_config=settings.sessions,
        metrics=observed,
        follower=data.follower,
    )
    readiness = Readiness(observed, on_ready)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        data.start()
        if experiments is not None:
            await asyncio.to_thread(experiments.start)
        await engine.start()
        warm_up = asyncio.create_task(readiness.warm_up(engine, service))
        try:
            yield
        finally:
            warm_up.cancel()
            with suppress(asyncio.CancelledError):
                await warm_up
            service.stop()
            await engine.stop()
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
        settings, engine, assigner, service, data, experiments, readiness, observed
    )
    install_error_handlers(app)
    app.add_middleware(CompressedBodies, max_body_bytes=settings.server.max_body_bytes)
    app.add_middleware(BodyLimit, max_body_bytes=settings.server.max_body_bytes)
    app.add_middleware(RequestScope, metrics=observed)
    for module in (predict, edits, reports, users, rollout, models, health, metrics):
        app.include_router(module.router)
    return app


def _arm_defaults(engine: Engine) -> ArmDefaults:
    """How the engine's model was trained to be asked."""
    return ArmDefaults() if engine.card is None else ArmDefaults(**asdict(engine.card))


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
