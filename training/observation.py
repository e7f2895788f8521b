"""What of an input a student is shown: parameters of every stage that renders prompts."""

from dataclasses import replace
from hashlib import blake2b

from pydantic import Field

from prompt_format import Observation
from training.examples import Example
from training.stage import StageConfig

NEEDS_HISTORY = frozenset({"kind:near", "kind:far"})
"""Tags of examples whose edit follows from the edits before it: without them it is a guess."""


class ObservationConfig(StageConfig):
    """Left as they are, these show all."""

    history_events: int | None = Field(default=None, ge=0, description="Newest edits shown.")
    diagnostics: bool = Field(default=True, description="Whether diagnostics are shown.")
    related_files: int | None = Field(default=None, ge=0, description="Related files shown.")
    typed_line: bool = Field(
        default=True, description="Whether the history shows the line that is being typed."
    )

    @property
    def observation(self) -> Observation:
        """The same as a value."""
        return Observation(
            history_events=self.history_events,
            related_files=self.related_files,
            diagnostics=self.diagnostics,
            typed_line=self.typed_line,
        )


class VariedObservationConfig(ObservationConfig):
    """Rows as different as the inputs that serving gets: some editors send no history."""

    without_history_rate: float = Field(
        default=0.0, ge=0, le=1, description="Share of rows shown no history, where it is no clue."
    )
    without_related_files_rate: float = Field(
        default=0.0, ge=0, le=1, description="Share of rows shown no related files."
    )
    seed: int = Field(default=0, ge=0, lt=1 << 32, description="Chooses these rows.")

    def observation_of(self, example: Example) -> Observation:
        """What is shown of ``example``; depends on its name and ``seed`` alone."""
        shown = self.observation
        needs_history = bool(NEEDS_HISTORY & set(example.spec.tags))
        if not needs_history and self._chance(example, "history") < self.without_history_rate:
            shown = replace(shown, history_events=0)
        if self._chance(example, "related_files") < self.without_related_files_rate:
            shown = replace(shown, related_files=0)
        return shown

    def _chance(self, example: Example, part: str) -> float:
        digest = blake2b(f"{self.seed}:{part}:{example.spec.name}".encode(), digest_size=8)
        return int.from_bytes(digest.digest()) / 2**64
