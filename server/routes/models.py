"""``GET /v1/models``: what is served, in the list form that model clients know."""

from fastapi import APIRouter
from pydantic import BaseModel

from model import Engine
from rollout import Plan
from server.dependencies import State

router = APIRouter()


class ServedModel(BaseModel):
    """One served model and the arms that use it.

    ``release`` is how they name it; empty: the one that the server was started with.
    """

    id: str
    object: str = "model"
    owned_by: str = "foretype"
    version: str
    release: str
    max_context_tokens: int
    arms: list["ServedArm"]


class ServedArm(BaseModel):
    """One arm of an experiment."""

    experiment: str
    arm: str
    prompt_format: str
    max_prompt_tokens: int
    max_output_tokens: int


class ServedModels(BaseModel):
    """``problems`` says, by release, why one that an arm names is not served."""

    object: str = "list"
    data: list[ServedModel]
    problems: dict[str, str]


@router.get("/v1/models")
async def models(state: State) -> ServedModels:
    """The served models with their arms."""
    plan, engines = state.assigner.plan, state.engines
    served = [_served(release, engine, plan) for release, engine in engines.served.items()]
    return ServedModels(data=served, problems=dict(engines.problems))


def _served(release: str, engine: Engine, plan: Plan) -> ServedModel:
    info = engine.info
    arms = [
        ServedArm(
            experiment=assignment.experiment,
            arm=assignment.arm.key,
            prompt_format=assignment.arm.prompt_format,
            max_prompt_tokens=assignment.arm.max_prompt_tokens,
            max_output_tokens=assignment.arm.max_output_tokens,
        )
        for assignment in plan.assignments()
        if assignment.arm.release == release
    ]
    return ServedModel(
        id=info.name,
        version=info.version,
        release=release,
        max_context_tokens=info.max_context_tokens,
        arms=arms,
    )
