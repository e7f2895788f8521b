"""Settings of what everybody is served: the ``control`` arm."""

from pydantic import BaseModel, ConfigDict, Field


class RolloutConfig(BaseModel):
    """The control arm's format and limits. The defaults fit the embedded base model on a CPU."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt_format: str = Field(
        default="completion", description="Prompt format that the served model was trained on."
    )
    max_prompt_tokens: int = Field(
        default=1024, ge=64, description="Longest prompt in tokens; less prefill, less context."
    )
    max_output_tokens: int = Field(
        default=48, ge=1, description="Longest answer in tokens; a longer one is not shown."
    )
    temperature: float = Field(
        default=0.0, ge=0.0, le=2.0, description="0 is greedy: the same keystroke, the same answer."
    )
