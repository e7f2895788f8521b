"""Settings of what everybody is served: the ``control`` arm."""

from pydantic import BaseModel, ConfigDict, Field


class RolloutConfig(BaseModel):
    """The control arm's format and limits. What is unset, the served release decides.

    Without a release, ``ArmDefaults`` does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt_format: str | None = Field(
        default=None, description="Prompt format; unset: the release's, else completion."
    )
    max_prompt_tokens: int | None = Field(
        default=None,
        ge=64,
        description="Longest prompt in tokens: less prefill, less context; unset: the release's,"
        " else 1024.",
    )
    max_output_tokens: int | None = Field(
        default=None,
        ge=1,
        description="Longest answer in tokens, a longer one is not shown; unset: the release's,"
        " else 48.",
    )
    temperature: float | None = Field(
        default=None,
        ge=0.0,
        le=2.0,
        description="0 is greedy: the same keystroke, the same answer; unset: the release's,"
        " else 0.",
    )
    typed_line: bool | None = Field(
        default=None,
        description="Whether the edit history shows the line that is being typed. Without it a key"
        " changes the end of the prompt alone, which is quick to read; students have to be trained"
        " for that. Unset: the release's, else yes.",
    )
    snapshot_rate: float | None = Field(
        default=None,
        ge=0.0,
        le=1.0,
        description="Share of predictions recorded with their text, where that is allowed; unset:"
        " all.",
    )
