"""How a run is run: nothing here changes what becomes of a row, only which rows and how fast."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_ROWS = 1 << 60


class RowSelection(BaseModel):
    """Which rows of the inputs are processed; by name first, then offset, then limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: tuple[int, ...] | None = Field(default=None, description="Only these rows, from 0.")
    name: str | None = Field(default=None, description="Only rows whose name holds this.")
    offset: int = Field(
        default=0, ge=0, le=MAX_ROWS, description="Rows to leave out at the beginning."
    )
    limit: int | None = Field(default=None, ge=0, le=MAX_ROWS, description="Most rows processed.")

    @property
    def is_all(self) -> bool:
        return self == RowSelection()


class RunOptions(BaseModel):
    """The options of every stage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    selection: RowSelection = RowSelection()
    jobs: int | None = Field(
        default=None,
        ge=1,
        description="Processes (default: one per core); stages with a client: rows at once (64).",
    )
    executor: Literal["local", "ray"] = Field(default="local", description="Where rows are run.")
    failfast: bool = Field(default=False, description="Stop at the first row that fails.")
    force: bool = Field(default=False, description="Run again although nothing has changed.")
    failed: Literal["skip", "keep"] = Field(
        default="skip", description="keep: a failed row goes on as it was read."
    )
    keeps_manifest: bool = Field(default=True, description="A stage of folders may do without.")
    checkpoint_seconds: float = Field(default=2.0, ge=0.0, description="Work lost by a kill.")
