"""From a watched region that has settled to its record; and from the event loop to the watch.

The tracker lives on the data worker's thread. What it finds settled is written like a client's own
report: once, durable, its text only where all three keys are there.
"""

import asyncio
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress

from eventlog import ConsentSnapshot, EditCounts, SettledRecord
from eventlog.privacy.secrets import SecretScanner
from eventlog.segments import EventLogError
from quality.kept_rate import kept_rate
from quality.languages import language_of
from quality.syntax import count_syntax_errors
from server.data.consent.gate import ConsentGate
from server.data.errors import DataOverloaded
from server.data.journal import Journal
from server.data.metrics import DataMetrics
from server.data.reporting.reports import settled_record
from server.data.reporting.variants import Variant
from server.data.settling.asks import predicted_of
from server.data.settling.buffers import EditMessage, Standing
from server.data.settling.regions import DropReason, Key, Predicted, Settled
from server.data.settling.saved import SavedRegions
from server.data.settling.tracker import Tracker
from server.data.worker import DataWorker, Job
from server.predictions import Ask, PolicyReason, Prediction

SAVE_SECONDS = 1.0
RETRY_SECONDS = 1.0
MAX_TRIES = 30
MAX_SETTLED = 10_000
"""That wait because the store does not answer."""
MESSAGE_BYTES = 1024
STOP_SECONDS = 5.0
EDIT_SECONDS = 2.0
"""A client that waits for longer had better try again; numbered edits count once."""


class RegionWatch:
    """Hands what happens to the tracker, and what has settled to the journal.

    ``edited`` and ``forget`` are called on the event loop, all else on the worker's thread.
    """

    def __init__(
        self,
        tracker: Tracker,
        worker: DataWorker,
        journal: Journal,
        gate: ConsentGate | None,
        saved: SavedRegions | None,
        scanner: SecretScanner,
        metrics: DataMetrics,
    ) -> None:
        self._tracker = tracker
        self._saved = saved
        self._saved_at = 0.0
        self._heard_of: set[Key] = set()
        self._settled: deque[Settled] = deque()
        self._written: list[str] = []
        self._gone: list[str] = []
        self._worker = worker
        self._journal = journal
        self._gate = gate
        self._scanner = scanner
        self._metrics = metrics
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writing: set[Future[None]] = set()
        self._clock_offset = time.time() - time.monotonic()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Go on with what was watched before a restart. Records are written from ``loop``.

        Raises ``EventLogError``.
        """
        self._loop = loop
        if self._saved is not None:
            self._take_over(self._saved)

    def now(self) -> float:
        """Seconds of the wall clock as it stood at the start: it never jumps."""
        return self._clock_offset + time.monotonic()

    def asked(self, ask: Ask, now: float) -> None:
        """A request has come.

        What another server has watched of its file is looked for in its text, before edits follow.
        """
        is_new = self._tracker.asked(ask, now)
        if is_new:
            with suppress(EventLogError):  # the next tick tries again
                self._hold()

    def gave_up(self, ask: Ask) -> None:
        """It will not be answered."""
        self._tracker.gave_up(ask)

    def answered(
        self, ask: Ask, prediction: Prediction, prediction_id: str, variant: Variant, now: float
    ) -> None:
        """It has been answered: with an edit, or that there is none."""
        document, region = ask.document, prediction.region
        if document is None or not ask.caller.session_key:
            return
        if region is None or prediction.reason in set(PolicyReason):
            self._tracker.gave_up(ask)
            return
        new_text = None if prediction.edit is None else prediction.edit.new_text
        predicted, span = predicted_of(
            ask, document, prediction_id, variant, region.editable_range, new_text
        )
        self._tracker.answered(ask, predicted, span, now)

    async def edited(
        self, session_key: str, path: str, message: EditMessage, is_closed: bool
    ) -> tuple[Standing, int]:
        """What became of the message, and how many regions of the file are watched.

        Raises ``InvalidRange`` for an edit outside the text, ``DataOverloaded``.
        """
        now, answer = self.now(), Future[tuple[Standing, int]]()
        answer.set_running_or_notify_cancel()  # a client that leaves must not stop the worker

        def follow() -> None:
            try:
                standing = self._tracker.edited(session_key, path, message, now)
                if is_closed:
                    self._tracker.closed(session_key, path)
                answer.set_result((standing, self._tracker.num_watched(session_key, path)))
            except Exception as error:
                answer.set_exception(error)

        size = sum(len(edit.new_text) for edit in message.edits)
        if not self._worker.put(Job(follow, MESSAGE_BYTES + size)):
            raise DataOverloaded("too much waits to be recorded")
        try:
            async with asyncio.timeout(EDIT_SECONDS):
                return await asyncio.wrap_future(answer)
        except TimeoutError:
            raise DataOverloaded("what was sent before is still being recorded") from None

    async def forget(self, user: str) -> None:
        """Everything of a user; when it returns, all that was noted before is recorded too.

        Raises ``DataOverloaded``.
        """
        done = Future[None]()
        done.set_running_or_notify_cancel()

        def forget() -> None:
            self._tracker.forget(user)
            done.set_result(None)

        if not self._worker.put(Job(forget, 0)):
            raise DataOverloaded("too much waits to be recorded")
        await asyncio.wrap_future(done)

    def tick(self) -> None:
        """Called by the worker: whatever has settled is written."""
        self._settled += self._tracker.settled(self.now())
        while len(self._settled) > MAX_SETTLED:
            self._settled.popleft()
            self._metrics.region_dropped(DropReason.NOT_DURABLE)
        with suppress(EventLogError):  # the store does not answer: the next tick tries again
            self._hold()
            self._write_settled()
        if time.monotonic() - self._saved_at > SAVE_SECONDS:
            self.save()
        self._metrics.regions_watched.set(self._tracker.num_regions)

    def _hold(self) -> None:
        """What is heard of here is ours, with what another server has watched of it."""
        self._heard_of |= self._tracker.active()
        if self._saved is not None and self._heard_of:
            for key, region in self._saved.hold(self._heard_of):
                self._tracker.restore(key, region, self.now(), is_edited=True)
        self._heard_of.clear()

    def _write_settled(self) -> None:
        """But for files that another server has heard of since: it knows better."""
        keys = {each.key for each in self._settled}
        held = keys if self._saved is None or not keys else self._saved.held(keys)
        while self._settled:
            settled = self._settled[0]
            if settled.key in held:
                self._write(self._record(settled))
            else:
                self._metrics.region_dropped(DropReason.MOVED)
            self._settled.popleft()

    def _take_over(self, saved: SavedRegions) -> None:
        for key, region in saved.abandoned():
            self._tracker.restore(key, region, self.now())

    def save(self) -> None:
        """Write down what is watched, and look after what nobody does."""
        self._saved_at = time.monotonic()
        written, self._written = self._written, []
        self._gone += [*self._tracker.gone(), *written]
        if self._saved is None:
            self._gone.clear()
            return
        with suppress(EventLogError):  # the disk is full: the next second tries again
            self._saved.save(self._tracker.changed(), self._gone)
            self._gone.clear()
            self._take_over(self._saved)

    def finish(self) -> None:
        """Write down what is watched, and wait for what is being written.

        Called when the worker has stopped.
        """
        deadline = time.monotonic() + STOP_SECONDS
        for writing in list(self._writing):
            with suppress(TimeoutError):  # it is written down, and settles after the next start
                writing.result(max(deadline - time.monotonic(), 0.0))
        with suppress(EventLogError):
            self._hold()
        self.save()
        if self._saved is not None:
            with suppress(EventLogError):  # then the leases on them will end
                self._saved.leave()

    def _record(self, settled: Settled) -> SettledRecord:
        predicted = settled.predicted
        rate = kept_rate(predicted.base, predicted.candidate, settled.text)
        consent = self._consent(predicted, settled.text)
        before, after = _syntax_errors(predicted, settled.text)
        return settled_record(
            predicted.prediction_id,
            predicted.variant,
            predicted.user,
            source="server",
            seconds_to_settle=settled.seconds_to_settle,
            num_syntax_errors_before=before,
            num_syntax_errors_after=after,
            counts=EditCounts(
                candidate_new_bytes=rate.candidate_new_chars,
                reference_new_bytes=rate.reference_new_chars,
                candidate_deleted_bytes=rate.candidate_deleted_chars,
                reference_deleted_bytes=rate.reference_deleted_chars,
                kept_bytes=rate.kept_chars,
                correctly_deleted_bytes=rate.correctly_deleted_chars,
                discarded_bytes=rate.discarded_chars,
                context_bytes=rate.context_chars,
                kept_rate=rate.kept_rate,
                recall_rate=rate.recall_rate,
            ),
            consent=consent or ConsentSnapshot(),
            text=settled.text if consent else None,
        )

    def _consent(self, predicted: Predicted, text: str) -> ConsentSnapshot | None:
        """Asked when it settles, not when it was predicted: it may have been taken back."""
        if self._gate is None:
            return None
        consent = self._gate.consent(predicted.user, predicted.claim)
        if consent is not None and self._scanner.scan(text):
            self._metrics.dropped_snapshot("secret_in_region")
            return None
        return consent

    def _write(self, record: SettledRecord) -> None:
        if self._loop is None or self._loop.is_closed():
            self._metrics.region_dropped(DropReason.NOT_DURABLE)
            return
        writing = asyncio.run_coroutine_threadsafe(self._append(record), self._loop)
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)

    async def _append(self, record: SettledRecord) -> None:
        """Nobody sends it again, so we try again ourselves."""
        for number in range(MAX_TRIES):
            try:
                await self._journal.append([record], self._metrics.written)
                self._written.append(record.prediction_id)
                return
            except EventLogError:
                if number == MAX_TRIES - 1:
                    self._metrics.region_dropped(DropReason.NOT_DURABLE)
                    return
                await asyncio.sleep(RETRY_SECONDS)


def _syntax_errors(predicted: Predicted, text: str) -> tuple[int | None, int | None]:
    """In the region and what stands around it: before, and as it has settled."""
    language = language_of(predicted.path)
    head, tail = predicted.context
    return (
        count_syntax_errors(head + predicted.base + tail, language),
        count_syntax_errors(head + text + tail, language),
    )
