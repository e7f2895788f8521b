"""Thresholds of the heuristics. A finding is what lies beyond one."""

from typing import Literal

from pydantic import Field

from training.stage import StageConfig

CheckName = Literal[
    "leaves_region",
    "marker_leaked",
    "truncated",
    "reverts",
    "undoes_recent_edits",
    "mass_deletion",
    "repetition_loop",
    "whitespace_only",
    "syntax_errors_added",
    "too_large",
]


class CheckConfig(StageConfig):
    """The defaults object to what is rarely wanted; ``skip`` names heuristics to leave out."""

    skip: tuple[CheckName, ...] = Field(default=(), description="Heuristics to leave out.")
    editable_tokens: int = Field(
        default=350, ge=1, description="Of predictions that do not tell what region they had."
    )
    region_context_tokens: int = Field(default=150, ge=0)
    history_events: int = Field(
        default=6, ge=1, description="Newest edits that a prediction must not undo."
    )
    max_reversal_ratio: float = Field(
        default=0.9, ge=0.0, le=1.0, description="Of the changed characters, those that undo."
    )
    min_undone_chars: int = Field(
        default=8, ge=1, description="Fewer may come back by chance: a bracket, an argument."
    )
    mass_deletion_rate: float = Field(
        default=0.5, ge=0.0, le=1.0, description="Of the region's filled lines, those removed, net."
    )
    mass_deletion_lines: int = Field(
        default=6, ge=1, description="Removed lines, net, below which no share matters."
    )
    emptied_region_lines: int = Field(
        default=3, ge=1, description="Filled lines from which a region must not be emptied."
    )
    max_added_syntax_errors: int = Field(default=0, ge=0)
    max_inserted_tokens: int = Field(
        default=150, ge=1, description="Words and signs; beyond, a prediction is speculation."
    )
    repetition_count: int = Field(default=4, ge=2, description="Equal blocks that make a loop.")
