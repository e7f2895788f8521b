"""The settings of sessions: how much is remembered, for how long, and what for."""

from pydantic import BaseModel, ConfigDict, Field


class SessionsConfig(BaseModel):
    """What spares keystrokes the model, and its bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_sessions: int = Field(
        default=1000, ge=1, description="Editor windows remembered; the least recently used goes."
    )
    idle_seconds: float = Field(
        default=600.0, gt=0, description="A session not used for so long is forgotten."
    )
    type_through: bool = Field(
        default=True,
        description="Answer with the rest of the last prediction while the user does what it says.",
    )
    prefetch: bool = Field(
        default=True,
        description="While the user pauses at a prediction, generate what follows accepting it.",
    )
    max_answers: int = Field(
        default=2000,
        ge=0,
        description="Answers kept to be given again to the same question; 0: none.",
    )
    answer_seconds: float = Field(
        default=120.0, gt=0, description="How long an answer may be given again."
    )
