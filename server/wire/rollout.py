"""``/v1/rollout``: experiments, as operators see and change them."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Field, StringConstraints

from rollout.experiments.document import RolloutDocument
from rollout.experiments.state import RolloutState
from rollout.store.base import AuditEntry
from server.wire.predict import Text
from server.wire.shapes import Request, Response

Words = Annotated[Text, StringConstraints(max_length=1000)]


class _ForTheRecord(Request):
    """Who wants it and why."""

    actor: Annotated[Text, StringConstraints(min_length=1, max_length=256)] = "api"
    reason: Words = ""

    @property
    def reasons(self) -> list[str]:
        return [self.reason] if self.reason else []


class ApplyRequest(_ForTheRecord):
    """A new document. ``dry_run``: only say what it would change."""

    document: dict[str, Any]
    dry_run: bool = False


class ActionRequest(_ForTheRecord):
    """Something to be done to an experiment."""

    treatment: Annotated[Text, StringConstraints(min_length=1, max_length=63)] | None = Field(
        default=None, description="The one that goes on alone, or is rolled back alone."
    )


class ExperimentOut(Response):
    """An experiment and how far it has come."""

    experiment: str
    status: str
    stage: int
    share: float = Field(description="Of the users, for each treatment.")
    since: AwareDatetime | None
    winner: str | None
    rolled_back: Sequence[str]


class RolloutOut(Response):
    """All experiments. ``document`` is the one in force."""

    revision: int
    experiments: Sequence[ExperimentOut]
    document: RolloutDocument | None
    stable: dict[str, Any] = Field(description="What promotions changed for everybody.")

    @classmethod
    def of(cls, state: RolloutState) -> Self:
        specs = () if state.document is None else state.document.experiments
        experiments = []
        for spec in specs:
            progress = state.of(spec.key)
            is_served = progress.status.is_live or progress.status == "promoted"
            experiments.append(
                ExperimentOut(
                    experiment=spec.key,
                    status=progress.status,
                    stage=progress.stage,
                    share=spec.stages[progress.stage] if is_served else 0.0,
                    since=progress.since,
                    winner=progress.winner,
                    rolled_back=progress.lost,
                )
            )
        return cls(
            revision=state.revision,
            experiments=experiments,
            document=state.document,
            stable=state.stable.model_dump(mode="json", exclude_none=True),
        )


class ChangesOut(Response):
    """What a document changes, in words."""

    changes: Sequence[str]
    revision: int


class HistoryEntryOut(Response):
    """Who did what, why, and by which numbers."""

    time: AwareDatetime
    actor: str
    action: str
    experiment: str
    reasons: Sequence[str]
    numbers: dict[str, Any]
    revision: int

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        return cls(**entry.model_dump(include=set(cls.model_fields)))


class HistoryOut(Response):
    """Newest first."""

    entries: Sequence[HistoryEntryOut]
