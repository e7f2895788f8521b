"""Follows predictions from the request to what became of them, without ever holding one up.

On the way of a keystroke an id is made and a note handed over; all else is the worker's.
"""

import random
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from eventlog.segments import EventLogError, LogUnavailable
from quality import reversal
from rollout import Assignment
from server.data.journal import Journal
from server.data.metrics import DataMetrics
from server.data.recording.exposures import Exposures
from server.data.recording.recorder import CLIENT_GONE, Observed, PredictionRecorder, Unanswered
from server.data.reporting.prediction_ids import PredictionIds
from server.data.reporting.variants import Variant, Variants
from server.data.settling.watch import RegionWatch
from server.data.worker import DataWorker, Job
from server.predictions import Ask, Prediction

NOTE_BYTES = 8192
"""About what a note holds on to besides the client's text."""


class DataFollower:
    """See ``Follower``. Without a recorder predictions get their ids, and nothing is recorded."""

    def __init__(
        self,
        ids: PredictionIds,
        variants: Variants,
        journal: Journal,
        recorder: PredictionRecorder | None,
        watch: RegionWatch,
        worker: DataWorker,
        metrics: DataMetrics,
    ) -> None:
        self._ids = ids
        self._variants = variants
        self._journal = journal
        self._recorder = recorder
        self._exposures = Exposures(journal, metrics)
        self._watch = watch
        self._worker = worker
        self._metrics = metrics

    def prepare(self) -> None:
        """Have ready what is needed on the way of a keystroke. From any thread, now and then."""
        self._ids.prepare()

    def asked(self, ask: Ask) -> None:
        if ask.document is not None and ask.caller.session_key:
            self._put(Job(partial(self._watch.asked, ask, self._watch.now()), _num_bytes(ask)))

    def gave_up(self, ask: Ask) -> None:
        if ask.document is not None and ask.caller.session_key:
            self._put(Job(partial(self._watch.gave_up, ask), NOTE_BYTES))

    def answered(self, ask: Ask, prediction: Prediction) -> str:
        digest, variant = self._variants.of(prediction.assignment, prediction.model_version)
        prediction_id = self._ids.make(digest, ask.caller.user)
        if ask.is_recorded:
            now = self._watch.now()
            note = partial(self._follow, ask, prediction, prediction_id, variant, now)
            self._put(Job(note, _num_bytes(ask)))
        return prediction_id

    def failed(self, ask: Ask, assignment: Assignment, model_version: str, code: str) -> None:
        self._unanswered(ask, assignment, model_version, code, None)

    def left(self, ask: Ask, assignment: Assignment, model_version: str, seconds: float) -> None:
        self._unanswered(ask, assignment, model_version, CLIENT_GONE, seconds)

    def _unanswered(
        self,
        ask: Ask,
        assignment: Assignment,
        model_version: str,
        code: str,
        seconds: float | None,
    ) -> None:
        digest, variant = self._variants.of(assignment, model_version)
        prediction_id = self._ids.make(digest, ask.caller.user)
        time = datetime.fromtimestamp(self._watch.now(), UTC)
        unanswered = Unanswered(prediction_id, time, ask.caller.user, variant, code, seconds)
        if ask.is_recorded:
            note = partial(self._follow_unanswered, ask, assignment, unanswered)
            self._put(Job(note, _num_bytes(ask)))

    def _follow_unanswered(self, ask: Ask, assignment: Assignment, unanswered: Unanswered) -> None:
        self._watch.gave_up(ask)
        if self._recorder is None:
            return
        try:
            self._recorder.record_unanswered(unanswered)
            self._exposures.note(unanswered.user, assignment, unanswered.time)
        except EventLogError:
            self._metrics.job_dropped()

    def _follow(
        self, ask: Ask, prediction: Prediction, prediction_id: str, variant: Variant, now: float
    ) -> None:
        self._watch.answered(ask, prediction, prediction_id, variant, now)
        with suppress(LogUnavailable):
            self._variants.keep()
        if self._recorder is None:
            return
        rate = prediction.assignment.arm.snapshot_rate
        observed = Observed(
            prediction_id=prediction_id,
            time=datetime.fromtimestamp(now, UTC),
            caller=ask.caller,
            variant=variant,
            prediction=prediction,
            snapshot_rate=rate,
            prompt_input=ask.prompt_input if self._keeps_text(prediction, rate) else None,
            reversal_ratio=_reversal_ratio(ask, prediction),
        )
        try:
            self._recorder.record(observed)
            self._exposures.note(ask.caller.user, prediction.assignment, observed.time)
        except EventLogError:
            self._metrics.job_dropped()

    def _keeps_text(self, prediction: Prediction, rate: float) -> bool:
        """What was not asked of any model, or cut short, teaches nothing."""
        is_sampled = prediction.region is not None and random.random() < rate
        return is_sampled and self._journal.takes_text

    def _put(self, job: Job) -> None:
        if not self._worker.put(job):
            self._metrics.job_dropped()


def _reversal_ratio(ask: Ask, prediction: Prediction) -> float | None:
    if prediction.edit is None or prediction.region is None:
        return None
    at = prediction.region.editable_range
    text = ask.prompt_input.excerpt_bytes
    predicted = text[: at.start] + prediction.edit.new_text.encode() + text[at.end :]
    return reversal(ask.prompt_input, predicted.decode()).ratio


def _num_bytes(ask: Ask) -> int:
    text = ask.prompt_input.cursor_excerpt if ask.document is None else ask.document.text
    return NOTE_BYTES + len(text)
