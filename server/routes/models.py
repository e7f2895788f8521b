"""``GET /v1/models``: what is served, in the list form that model clients know."""

from fastapi import APIRouter
from pydantic import BaseModel

from server.dependencies import State

router = APIRouter()


class ServedModel(BaseModel):
    """One served model and the arms that use it."""

    id: str
    object: str = "model"
    owned_by: str = "foretype"
    version: str
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
    object: str = "list"
    data: list[ServedModel]


@router.get("/v1/models")
async def models(state: State) -> ServedModels:
    """The served models with their arms."""
    info = state.engine.info
    arms = [
        ServedArm(
            experiment=assignment.experiment,
            arm=assignment.arm.key,
            prompt_format=assignment.arm.prompt_format,
            max_prompt_tokens=assignment.arm.max_prompt_tokens,
            max_output_tokens=assignment.arm.max_output_tokens,
        )
        for assignment in state.assigner.plan.assignments()
    ]
    served = ServedModel(
        id=info.name, version=info.version, max_context_tokens=info.max_context_tokens, arms=arms
    )
    return ServedModels(data=[served])
