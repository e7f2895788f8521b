"""Parameters that the stages of evaluation share."""

from pathlib import Path

from pydantic import Field

from training.evaluation.bootstrap import BootstrapSettings
from training.evaluation.table import Unit
from training.stage import StageConfig


class BootstrapConfig(StageConfig):
    """How intervals are found."""

    num_resamples: int = Field(default=2000, ge=100, description="Of the bootstrap.")
    confidence: float = Field(default=0.95, gt=0, lt=1, description="Share inside an interval.")
    unit: Unit = Field(
        default="session",
        description="What is resampled as a whole; a session is one of typing, else a commit.",
    )
    seed: int = 0

    @property
    def settings(self) -> BootstrapSettings:
        """All but the unit."""
        return BootstrapSettings(self.num_resamples, self.confidence, self.seed)


class RunNames(StageConfig):
    """What to call two runs."""

    name: str = Field(default="", description="Of the run; empty: its folder's.")
    against_name: str = Field(default="", description="Of the other run; empty: its folder's.")

    def of(self, folder: Path, against: Path) -> tuple[str, str]:
        """The names of the runs in these folders."""
        return self.name or folder.name, self.against_name or against.name
