"""How far each experiment has come. The document says what is wanted, the state what is.

Fields of a state that are not known are those of a later version, and left out; the document and
what arms change are read whole or not at all.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from rollout.experiments.document import ArmChanges, ExperimentSpec, RolloutDocument


class Status(StrEnum):
    """Where an experiment stands."""

    DRAFT = "draft"
    """Not started: everybody is served as always."""
    RUNNING = "running"
    HELD = "held"
    """Served as it is, and not moved until somebody says so."""
    ROLLED_BACK = "rolled_back"
    PROMOTED = "promoted"
    """Everybody has it, but for a holdout."""

    @property
    def is_live(self) -> bool:
        """Whether it decides what anybody is served."""
        return self in (Status.RUNNING, Status.HELD)

    @property
    def is_over(self) -> bool:
        return self in (Status.ROLLED_BACK, Status.PROMOTED)


class Progress(BaseModel):
    """Of one experiment. ``stage`` is an index into its stages, entered at ``since``.

    ``winner`` is the treatment that everybody has now, ``before`` what everybody had before it.
    ``has_approval``: somebody agreed to the next stage. ``lost`` are treatments that were rolled
    back, while others may go on.
    """

    model_config = ConfigDict(frozen=True)

    status: Status = Status.DRAFT
    stage: int = 0
    since: AwareDatetime | None = None
    started: AwareDatetime | None = None
    winner: str | None = None
    has_approval: bool = False
    lost: tuple[str, ...] = ()
    before: ArmChanges | None = None

    def left(self, spec: ExperimentSpec) -> list[str]:
        """The treatments that were not rolled back."""
        return [each.key for each in spec.treatments if each.key not in self.lost]


class RolloutState(BaseModel):
    """All that decides who is served what. ``revision`` is one more with every change.

    ``stable`` is what promotions have made of what everybody is served; ``promoted`` are the
    experiments whose promotions can be taken back, the last one first to go; ``used_salts``, each
    with its experiment, must not be taken again.
    """

    model_config = ConfigDict(frozen=True)

    revision: int = 0
    document: RolloutDocument | None = None
    progress: Mapping[str, Progress] = Field(default_factory=dict)
    stable: ArmChanges = ArmChanges()
    promoted: tuple[str, ...] = ()
    used_salts: Mapping[str, str] = Field(
        default_factory=dict, description="The experiment of each."
    )

    @property
    def version(self) -> int:
        """Of the document; 0 before there is one."""
        return 0 if self.document is None else self.document.version

    def of(self, key: str) -> Progress:
        return self.progress.get(key, Progress())

    def spec(self, key: str) -> ExperimentSpec | None:
        return None if self.document is None else self.document.experiment(key)

    def promoted_last(self) -> tuple[ExperimentSpec, Progress] | None:
        """The experiment that made of what everybody is served what it is, and could be undone."""
        spec = self.spec(self.promoted[-1]) if self.promoted else None
        return None if spec is None else (spec, self.of(spec.key))

    def live(self) -> list[tuple[ExperimentSpec, Progress]]:
        """The experiments that decide what users are served, in the document's order."""
        experiments = () if self.document is None else self.document.experiments
        pairs = ((each, self.of(each.key)) for each in experiments)
        return [(each, progress) for each, progress in pairs if progress.status.is_live]

    @model_validator(mode="after")
    def _with_promoted(self) -> Self:
        """A state that was saved before ``promoted`` was kept says it by its instants."""
        if "promoted" not in self.model_fields_set:
            object.__setattr__(self, "promoted", _promoted_in_turn(self))
        return self


def _promoted_in_turn(state: RolloutState) -> tuple[str, ...]:
    """As far back from the last one as each was made of what the one before it had left."""
    found: list[str] = []
    stable = state.stable
    dated = ((each.since, key) for key, each in state.progress.items() if each.since)
    for _since, key in sorted(dated, reverse=True):
        progress, spec = state.of(key), state.spec(key)
        if progress.status is not Status.PROMOTED or progress.before is None or spec is None:
            continue
        winner = spec.treatment(progress.winner or "")
        if winner is None or winner.changes.over(progress.before) != stable:
            break
        found.append(key)
        stable = progress.before
    return tuple(reversed(found))
