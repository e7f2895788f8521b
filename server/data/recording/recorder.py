"""From an answered prediction to its record: consent asked, secrets out, then to the log.

Everything here happens on the data worker's thread, after the answer has gone.
"""

from dataclasses import dataclass
from datetime import datetime

from ulid import ULID

from eventlog import ConsentSnapshot, PredictionRecord, Snapshot
from eventlog.privacy.secrets import SecretScanner
from prompt_format import PromptInput
from server.data.consent.gate import ConsentGate
from server.data.consent.grants import Claim
from server.data.journal import Journal
from server.data.metrics import DataMetrics
from server.data.recording.redaction import redact
from server.data.reporting.variants import Variant
from server.predictions import Caller, Prediction


@dataclass(frozen=True, slots=True)
class Observed:
    """A prediction as it was answered. ``prompt_input`` is there only if it may be kept."""

    prediction_id: str
    time: datetime
    caller: Caller
    variant: Variant
    prediction: Prediction
    snapshot_rate: float
    prompt_input: PromptInput | None
    reversal_ratio: float | None = None


CLIENT_GONE = "client_gone"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A request that was not answered: ``code`` is that of the error, which was our fault.

    Or the client has left, after ``seconds``.
    """

    prediction_id: str
    time: datetime
    user: str
    variant: Variant
    code: str
    seconds: float | None = None


class PredictionRecorder:
    """Writes prediction records, with a snapshot where all three keys are there."""

    def __init__(
        self,
        journal: Journal,
        gate: ConsentGate,
        scanner: SecretScanner,
        metrics: DataMetrics,
    ) -> None:
        self._journal = journal
        self._gate = gate
        self._scanner = scanner
        self._metrics = metrics

    def record(self, observed: Observed) -> None:
        """Write the record. Raises ``KeyStoreUnusable``."""
        given = observed.prompt_input
        consent = None
        if given is not None:
            claim = Claim.of(given, observed.caller.project)
            consent = self._gate.consent(observed.caller.user, claim)
        snapshot = None
        if given is not None and consent is not None:
            snapshot = self._snapshot(observed, given)
        self._journal.offer(_record(observed, consent, snapshot))

    def record_unanswered(self, unanswered: Unanswered) -> None:
        """Write that there was no answer. Raises ``KeyStoreUnusable``."""
        variant, seconds = unanswered.variant, unanswered.seconds
        self._journal.offer(
            PredictionRecord(
                event_id=str(ULID.from_str(unanswered.prediction_id[:26])),
                time=unanswered.time,
                user=unanswered.user or ANONYMOUS,
                prediction_id=unanswered.prediction_id,
                experiment=variant.experiment,
                arm=variant.arm,
                prompt_format=variant.prompt_format,
                model_version=variant.model_version,
                config_version=variant.config_version,
                reason=unanswered.code,
                failed=unanswered.code != CLIENT_GONE,
                seconds={} if seconds is None else {"total": seconds},
            )
        )

    def _snapshot(self, observed: Observed, prompt_input: PromptInput) -> Snapshot | None:
        prediction = observed.prediction
        edit, region = prediction.edit, prediction.region
        redacted = redact(
            Snapshot(
                prompt_input=prompt_input,
                editable_range=None if region is None else region.editable_range,
                output=prediction.output,
                new_text=None if edit is None else edit.new_text,
                cursor_offset=None if edit is None else edit.cursor_offset,
            ),
            self._scanner,
        )
        for rule, count in redacted.num_hits.items():
            self._metrics.redacted(rule, count)
        if redacted.snapshot is None:
            self._metrics.dropped_snapshot("secret_in_region")
        return redacted.snapshot


def _record(
    observed: Observed, consent: ConsentSnapshot | None, snapshot: Snapshot | None
) -> PredictionRecord:
    prediction, variant, stats = observed.prediction, observed.variant, observed.prediction.stats
    may_name = consent is not None
    return PredictionRecord(
        event_id=str(ULID.from_str(observed.prediction_id[:26])),
        time=observed.time,
        user=observed.caller.user or ANONYMOUS,
        prediction_id=observed.prediction_id,
        session=observed.caller.session if may_name else "",
        project=observed.caller.project if may_name else "",
        experiment=variant.experiment,
        arm=variant.arm,
        prompt_format=variant.prompt_format,
        model_version=variant.model_version,
        config_version=variant.config_version,
        source=prediction.source,
        reason=None if prediction.reason is None else str(prediction.reason),
        num_prompt_tokens=stats.num_prompt_tokens,
        num_cached_tokens=stats.num_cached_tokens,
        num_generated_tokens=stats.num_generated_tokens,
        num_draft_tokens=stats.num_draft_tokens,
        num_accepted_tokens=stats.num_accepted_tokens,
        seconds=prediction.seconds,
        sampling_rate=observed.snapshot_rate,
        reversal_ratio=observed.reversal_ratio,
        is_fallback=prediction.is_fallback,
        consent=consent or ConsentSnapshot(),
        snapshot=snapshot,
    )


ANONYMOUS = "anonymous" + "-" * 1024
"""Whoever names no user. Has no consent, hence no words, and counts as one. Longer than any name
that a client may send, so that nobody is taken for it."""
