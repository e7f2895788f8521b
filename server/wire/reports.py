"""``POST /v1/outcomes`` and ``POST /v1/settled``: what clients say became of predictions.

Both take batches, answer what became of each report, and may be sent again: the same report counts
once.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from eventlog import EditCounts
from server.data import OutcomeReport, Receipt, SettledReport
from server.data.consent.grants import Claim
from server.wire.predict import Id, Path, Text
from server.wire.shapes import Request, Response

MAX_OUTCOMES = 100
MAX_SETTLED = 32
MAX_MILLISECONDS = 3_600_000
MAX_COUNT_BYTES = 1 << 20

PredictionIdText = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Milliseconds = Annotated[float, Field(ge=0.0, le=MAX_MILLISECONDS, allow_inf_nan=False)]
CountBytes = Annotated[int, Field(ge=0, le=MAX_COUNT_BYTES)]
RejectReason = Literal[
    "canceled",
    "empty",
    "interpolated_empty",
    "replaced",
    "current_preferred",
    "discarded",
    "rejected",
]


class OutcomeIn(Request):
    """What the user did with one prediction. Several may come: shown, then accepted, then rated."""

    prediction_id: PredictionIdText
    outcome: Literal[
        "shown", "accepted", "partially_accepted", "rejected", "replaced", "discarded", "rated"
    ]
    reject_reason: RejectReason | None = None
    was_shown: bool | None = None
    num_accepted_chars: int | None = Field(default=None, ge=0, le=1 << 20)
    rating: Literal["positive", "negative"] | None = None
    e2e_ms: Milliseconds | None = Field(
        default=None, description="From the keystroke until the answer was there."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.outcome == "rated") != (self.rating is not None):
            raise ValueError("a rating belongs to the outcome rated, and to no other")
        return self


class OutcomesRequest(Request):
    """A batch of one user."""

    user: Id = ""
    outcomes: list[OutcomeIn] = Field(min_length=1, max_length=MAX_OUTCOMES)

    def reports(self) -> list[OutcomeReport]:
        return [
            OutcomeReport(
                prediction_id=each.prediction_id,
                outcome=each.outcome,
                reject_reason=each.reject_reason,
                was_shown=each.was_shown,
                num_accepted_chars=each.num_accepted_chars,
                rating=each.rating,
                e2e_seconds=None if each.e2e_ms is None else each.e2e_ms / 1000,
            )
            for each in self.outcomes
        ]


class EditBytes(Request):
    """The predicted edit and the one that was made, from the region's old text, in UTF-8 bytes.

    ``new``: text that was added; ``deleted``: text that went; ``kept``: predicted text that is
    there; ``correctly_deleted``: text that both took away. The server computes the rates.
    """

    candidate_new: CountBytes
    reference_new: CountBytes
    candidate_deleted: CountBytes
    reference_deleted: CountBytes
    kept: CountBytes
    correctly_deleted: CountBytes
    discarded: CountBytes
    context: CountBytes

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.kept + self.discarded != self.candidate_new:
            raise ValueError("kept and discarded must add up to candidate_new")
        if self.kept > self.reference_new:
            raise ValueError("more is kept than was added")
        if self.correctly_deleted > min(self.candidate_deleted, self.reference_deleted):
            raise ValueError("more is correctly_deleted than was deleted")
        return self

    def counts(self) -> EditCounts:
        right = self.kept + self.correctly_deleted
        predicted = self.candidate_new + self.candidate_deleted
        wanted = self.reference_new + self.reference_deleted
        return EditCounts(
            candidate_new_bytes=self.candidate_new,
            reference_new_bytes=self.reference_new,
            candidate_deleted_bytes=self.candidate_deleted,
            reference_deleted_bytes=self.reference_deleted,
            kept_bytes=self.kept,
            correctly_deleted_bytes=self.correctly_deleted,
            discarded_bytes=self.discarded,
            context_bytes=self.context,
            kept_rate=right / predicted if predicted else float(wanted == 0),
            recall_rate=right / wanted if wanted else float(predicted == 0),
        )


class SettledIn(Request):
    """Where the region of one prediction came to rest, ten seconds after its last edit.

    ``text`` is the region as it is now: kept only where it may be, see the consents. ``path`` must
    come with it.
    """

    prediction_id: PredictionIdText
    edit_bytes: EditBytes
    settled_after_ms: Milliseconds | None = None
    syntax_errors_before: int | None = Field(default=None, ge=0, le=1 << 20)
    syntax_errors_after: int | None = Field(default=None, ge=0, le=1 << 20)
    can_collect_data: bool = False
    in_open_source_repo: bool = False
    project: Annotated[Text, StringConstraints(max_length=2048)] | None = None
    repo_url: Annotated[Text, StringConstraints(max_length=2048)] | None = None
    path: Path | None = None
    text: Text | None = None

    def report(self) -> SettledReport:
        claim = Claim(
            can_collect_data=self.can_collect_data,
            project=self.project if self.project is not None else self.repo_url or "",
            repo_url=self.repo_url or "",
            in_open_source_repo=self.in_open_source_repo,
            paths=frozenset({self.path} if self.path else ()),
        )
        after = self.settled_after_ms
        return SettledReport(
            prediction_id=self.prediction_id,
            counts=self.edit_bytes.counts(),
            claim=claim,
            text=None if self.text is None else self.text.replace("\r\n", "\n"),
            seconds_to_settle=None if after is None else after / 1000,
            num_syntax_errors_before=self.syntax_errors_before,
            num_syntax_errors_after=self.syntax_errors_after,
        )


class SettledRequest(Request):
    """A batch of one user."""

    user: Id = ""
    settled: list[SettledIn] = Field(min_length=1, max_length=MAX_SETTLED)

    def reports(self) -> list[SettledReport]:
        return [each.report() for each in self.settled]


class RefusedOut(Response):
    """A report that was not taken, by its place in the batch. Sending it again does not help."""

    index: int
    code: str


class ReceiptOut(Response):
    """What became of a batch. All that is recorded is durable."""

    recorded: int
    repeated: int = Field(description="Reports that had come before.")
    refused: list[RefusedOut]

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        return cls(
            recorded=receipt.num_recorded,
            repeated=receipt.num_repeated,
            refused=[RefusedOut(index=each.index, code=each.code) for each in receipt.refused],
        )
