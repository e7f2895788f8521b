"""What clients say became of predictions: checked, credited to whom it is due, and written once.

Each report stands for itself: one that is refused keeps none of the others out.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from ulid import ULID

from eventlog import ConsentSnapshot, EditCounts, OutcomeRecord, Record, SettledRecord
from eventlog.privacy.secrets import SecretScanner
from server.data.consent.gate import ConsentGate
from server.data.consent.grants import Claim
from server.data.journal import Journal
from server.data.metrics import DataMetrics
from server.data.recording.recorder import ANONYMOUS
from server.data.reporting.prediction_ids import InvalidPredictionId, PredictionId, PredictionIds
from server.data.reporting.variants import Variant, Variants
from server.data.settling.regions import MAX_REGION_BYTES

MAX_OUTCOME_AGE = timedelta(hours=24)


class ExpiredPredictionId(InvalidPredictionId):
    """The prediction was made too long ago."""

    code: ClassVar[str] = "expired_prediction_id"


class SettledTooEarly(InvalidPredictionId):
    """No region can have settled so soon after its prediction."""

    code = "settled_too_early"


class RegionTooLarge(InvalidPredictionId):
    """The settled text is longer than any region that is watched."""

    code = "region_too_large"


OutcomeWord = Literal[
    "shown", "accepted", "partially_accepted", "rejected", "replaced", "discarded", "rated"
]


class Report(Protocol):
    """Anything that is said of one prediction."""

    @property
    def prediction_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class OutcomeReport:
    """What the user did with a prediction."""

    prediction_id: str
    outcome: OutcomeWord
    reject_reason: str | None = None
    was_shown: bool | None = None
    num_accepted_chars: int | None = None
    rating: Literal["positive", "negative"] | None = None
    e2e_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class SettledReport:
    """Where a region came to rest, by the client's own watch. ``claim`` is for ``text``."""

    prediction_id: str
    counts: EditCounts
    claim: Claim
    text: str | None = None
    seconds_to_settle: float | None = None
    num_syntax_errors_before: int | None = None
    num_syntax_errors_after: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A report that was not taken, by its place in the batch."""

    index: int
    code: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch."""

    num_recorded: int
    num_repeated: int
    refused: Sequence[Refused]


AnyReport = TypeVar("AnyReport", bound=Report)


class Reports:
    """Takes reports. Raises ``LogUnavailable`` if they may not be durable."""

    def __init__(
        self,
        ids: PredictionIds,
        variants: Variants,
        journal: Journal,
        gate: ConsentGate | None,
        scanner: SecretScanner,
        metrics: DataMetrics,
        settle_seconds: float,
        max_settled_age: timedelta,
    ) -> None:
        self._ids = ids
        self._variants = variants
        self._journal = journal
        self._gate = gate
        self._scanner = scanner
        self._metrics = metrics
        self._settle_age = timedelta(seconds=settle_seconds)
        self._max_settled_age = max_settled_age

    async def outcomes(self, user: str, reports: Sequence[OutcomeReport]) -> Receipt:
        """Take what ``user`` did with predictions."""

        def record(report: OutcomeReport) -> Record:
            known, variant = self._known(report.prediction_id, user, MAX_OUTCOME_AGE)
            what = (report.outcome, report.rating, report.num_accepted_chars)
            return OutcomeRecord(
                **_credited(known, variant, user, "|".join(map(str, what))),
                outcome=report.outcome,
                reject_reason=report.reject_reason,
                was_shown=report.was_shown,
                num_accepted_chars=report.num_accepted_chars,
                rating=report.rating,
                e2e_seconds=report.e2e_seconds,
            )

        return await self._take("outcomes", reports, record)

    async def settled(self, user: str, reports: Sequence[SettledReport]) -> Receipt:
        """Take where the regions of ``user``'s predictions came to rest."""

        def record(report: SettledReport) -> Record:
            known, variant = self._known(report.prediction_id, user, self._max_settled_age)
            if datetime.now(UTC) - known.made < self._settle_age:
                raise SettledTooEarly
            if report.text is not None and len(report.text.encode()) > MAX_REGION_BYTES:
                raise RegionTooLarge
            consent = self._consent(user, report)
            return settled_record(
                known.text,
                variant,
                user,
                source="client",
                counts=report.counts,
                seconds_to_settle=report.seconds_to_settle,
                num_syntax_errors_before=report.num_syntax_errors_before,
                num_syntax_errors_after=report.num_syntax_errors_after,
                consent=consent or ConsentSnapshot(),
                text=report.text if consent else None,
            )

        return await self._take("settled", reports, record)

    def _consent(self, user: str, report: SettledReport) -> ConsentSnapshot | None:
        if report.text is None or self._gate is None:
            return None
        consent = self._gate.consent(user, report.claim)
        if consent is not None and self._scanner.scan(report.text):
            self._metrics.dropped_snapshot("secret_in_region")
            return None
        return consent

    def _known(self, text: str, user: str, max_age: timedelta) -> tuple[PredictionId, Variant]:
        known = self._ids.read(text, user)
        variant = self._variants.find(known.variant)
        if variant is None:
            raise InvalidPredictionId
        if datetime.now(UTC) - known.made > max_age:
            raise ExpiredPredictionId
        return known, variant

    async def _take(
        self, endpoint: str, reports: Sequence[AnyReport], record: Callable[[AnyReport], Record]
    ) -> Receipt:
        def records() -> tuple[list[Record], list[Refused]]:
            good: list[Record] = []
            bad: list[Refused] = []
            for index, report in enumerate(reports):
                try:
                    good.append(record(report))
                except InvalidPredictionId as error:
                    bad.append(Refused(index, error.code))
            return good, bad

        good, bad = await asyncio.to_thread(records)
        for refused in bad:
            self._metrics.report_refused(endpoint, refused.code)
        are_new = await self._journal.append(good, self._metrics.written)
        for _each in range(are_new.count(False)):
            self._metrics.report_repeated(endpoint)
        return Receipt(are_new.count(True), are_new.count(False), bad)


def settled_record(prediction_id: str, variant: Variant, user: str, **fields: Any) -> SettledRecord:
    """The one record of a settled prediction: whoever says it first, says it for all."""
    made = ULID.from_str(prediction_id[:26]).datetime
    known = PredictionId(prediction_id, made, variant.digest)
    return SettledRecord(**_credited(known, variant, user, "settled"), **fields)


def _credited(known: PredictionId, variant: Variant, user: str, what: str) -> dict[str, Any]:
    """The same event id for the same thing said of the same prediction, whoever asks again."""
    digest = hashlib.sha256(f"{known.text}|{what}".encode()).digest()
    timestamp = ULID.from_str(known.text[:26]).bytes[:6]
    return {
        "event_id": str(ULID(timestamp + digest[:10])),
        "time": datetime.now(UTC),
        "user": user or ANONYMOUS,
        "prediction_id": known.text,
        "experiment": variant.experiment,
        "arm": variant.arm,
        "prompt_format": variant.prompt_format,
        "model_version": variant.model_version,
        "config_version": variant.config_version,
    }
