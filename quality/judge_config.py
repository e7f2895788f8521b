"""Thresholds of the judgement: a section of the server's settings."""

from pydantic import BaseModel, ConfigDict, Field


class JudgeConfig(BaseModel):
    """When a prediction is not shown. The defaults let doubtful predictions through."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    max_reversal_ratio: float = Field(
        default=0.9,
        ge=0.0,
        description="Suppress when more than this share of the prediction undoes the last edit.",
    )
    mass_deletion_rate: float = Field(
        default=0.5,
        ge=0.0,
        le=1.0,
        description="Suppress when more than this share of the region's non-blank lines goes, net.",
    )
    mass_deletion_lines: int = Field(
        default=6, ge=1, description="Net removed non-blank lines below which no share matters."
    )
    emptied_region_lines: int = Field(
        default=3, ge=1, description="Non-blank lines from which a region must not be emptied."
    )
    repetition_count: int = Field(
        default=4, ge=2, description="Suppress when a block of lines stands this often in a row."
    )
    repetition_block_lines: int = Field(
        default=8, ge=1, description="Lines of the longest block that repetition is looked for in."
    )
    repetition_tail_chars: int = Field(
        default=160, ge=16, description="Length from which a periodic end of one line is a loop."
    )
