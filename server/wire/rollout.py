"""``/v1/rollout``: experiments, as operators see and change them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Field, StringConstraints

from rollout.experiments.document import ExperimentSpec, RolloutDocument
from rollout.experiments.state import Progress, RolloutState, Status
from rollout.store.base import AuditEntry
from server.wire.predict import Text
from server.wire.shapes import Request, Response

Words = Annotated[Text, StringConstraints(max_length=1000)]
FIRST_REASONS = 3


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


class KillRequest(_ForTheRecord):
    """All to be rolled back."""


class ActionRequest(_ForTheRecord):
    """Something to be done to an experiment."""

    treatment: Annotated[Text, StringConstraints(min_length=1, max_length=63)] | None = Field(
        default=None, description="The one that goes on alone, or is rolled back alone."
    )
    to: float | None = Field(
        default=None, description="A promotion has to say the share of the next stage."
    )


class DeedOut(Response):
    """Who did what, and why."""

    time: AwareDatetime
    actor: str
    action: str
    treatment: str | None
    reasons: Sequence[str]

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        return cls(**entry.model_dump(include=set(cls.model_fields)))


class ExperimentOut(Response):
    """An experiment and how far it has come."""

    experiment: str
    status: str
    stage: int
    share: float = Field(
        description="Of all users, for each treatment; of what was promoted, without the holdout."
    )
    since: AwareDatetime | None
    winner: str | None
    rolled_back: Sequence[str]
    has_approval: bool
    last: DeedOut | None = Field(
        description="What was noted of it last, with the first reasons. Null in the answer to a"
        " change, which is the last itself, and where it is long ago."
    )

    @classmethod
    def of(cls, spec: ExperimentSpec, progress: Progress, last: AuditEntry | None) -> Self:
        is_served = progress.status.is_live or progress.status is Status.PROMOTED
        return cls(
            experiment=spec.key,
            status=progress.status,
            stage=progress.stage,
            share=spec.share_of_users(progress.stage) if is_served else 0.0,
            since=progress.since,
            winner=progress.winner,
            rolled_back=progress.lost,
            has_approval=progress.has_approval,
            last=None if last is None else DeedOut.of(_shortened(last)),
        )


class RolloutOut(Response):
    """All experiments. ``document`` is the one in force."""

    revision: int
    experiments: Sequence[ExperimentOut]
    document: RolloutDocument | None
    stable: dict[str, Any] = Field(description="What promotions changed for everybody.")

    @classmethod
    def of(cls, state: RolloutState, noted_last: Mapping[str, AuditEntry] | None = None) -> Self:
        specs = () if state.document is None else state.document.experiments
        noted = noted_last or {}
        return cls(
            revision=state.revision,
            experiments=[
                ExperimentOut.of(spec, state.of(spec.key), noted.get(spec.key)) for spec in specs
            ],
            document=state.document,
            stable=state.stable.model_dump(mode="json", exclude_none=True),
        )


class ChangesOut(Response):
    """What a document changes, in words."""

    changes: Sequence[str]
    revision: int


class HistoryEntryOut(DeedOut):
    """Who did what, why, and by which numbers."""

    experiment: str
    numbers: dict[str, Any]
    revision: int


class HistoryOut(Response):
    """Newest first."""

    entries: Sequence[HistoryEntryOut]


def _shortened(entry: AuditEntry) -> AuditEntry:
    return entry.model_copy(update={"reasons": entry.reasons[:FIRST_REASONS]})
