"""Settings of what everybody is served, the ``control`` arm, and of experiments with it."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

MAX_PROMPT_TOKENS = 131_072
MAX_OUTPUT_TOKENS = 8192
"""More than anybody waits for. What the served model can do is less, and checked there."""
MAX_HOURS = 8760.0
"""A year."""


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
        le=MAX_PROMPT_TOKENS,
        description="Longest prompt in tokens: less prefill, less context; unset: the release's,"
        " else 1024.",
    )
    max_output_tokens: int | None = Field(
        default=None,
        ge=1,
        le=MAX_OUTPUT_TOKENS,
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


class ExperimentsConfig(BaseModel):
    """Where experiments are kept and who may change them. Without a store there are none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    store: str | None = Field(
        default=None,
        description="Where experiments are kept: a Redis that all servers share, or a file for one"
        " server; unset: there are none.",
    )
    last_good: Path | None = Field(
        default=None,
        description="File in which this server keeps the rollout that it followed last, for a"
        " start without the store; unset: everybody is then served as the settings say.",
    )
    admin_token: str | None = Field(
        default=None,
        min_length=16,
        description="Bearer token that may change experiments over HTTP; unset: nobody may.",
    )
    log: Path | None = Field(
        default=None,
        description="Folder of the event log that experiments are judged by; unset: the data"
        " folder's, where the store is a file. Else this server judges nothing.",
    )
    look_hours: float = Field(
        default=24.0,
        gt=0.0,
        le=MAX_HOURS,
        description="Hours between two looks at an experiment.",
    )
    mature_seconds: float | None = Field(
        default=None,
        ge=0.0,
        description="Age in seconds at which predictions are judged; unset: when nothing more can"
        " become of them.",
    )
    objective_ms: int = Field(
        default=300, ge=1, description="Answers that take longer than this are slow."
    )
