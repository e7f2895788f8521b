"""The log in Redis Streams: durable as soon as Redis has written its append-only file.

One stream for each class, ``foretype:log:counts`` and so on, one entry for each line. What is older
than its class is kept for is cut off. Streams live in memory: for much traffic, or for good, take
Kafka, or have ``python -m eventlog collect`` bring the lines into segments.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from eventlog.segments import Line, LogStats, LogUnavailable, RecordClass
from eventlog.segments.entries import Entry
from eventlog.segments.intake import Intake
from eventlog.shared_redis import PREFIX, SharedRedis

STREAM = PREFIX + "log:"
"""Followed by the class."""
FIELD = b"line"
BATCH_BYTES = 1 << 20
IDLE_SECONDS = 0.1
TRIM_SECONDS = 60.0
MAX_TRIMS = 100
"""In one go for a class; Redis cuts off some ten thousand entries at a time."""


class RedisStreamLog:
    """See ``RecordSink``."""

    def __init__(
        self,
        redis: SharedRedis,
        max_queue_bytes: int,
        retention_seconds: Mapping[RecordClass, float],
    ) -> None:
        self.stats = LogStats()
        self._redis = redis
        self._retention_seconds = retention_seconds
        self._intake = Intake(max_queue_bytes, self.stats)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._intake.open()
        self._thread = threading.Thread(target=self._run, name="eventlog-stream", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._intake.close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    @property
    def has_room_for_text(self) -> bool:
        return self._intake.has_room_for_text

    @property
    def lag_seconds(self) -> float:
        return self._intake.lag_seconds

    def offer(self, line: Line) -> bool:
        return self._intake.offer(line)

    def append(self, lines: Sequence[Line]) -> Future[None]:
        return self._intake.append(lines)

    def _run(self) -> None:
        trimmed_at = 0.0
        while not self._intake.is_drained:
            entries = self._intake.take(IDLE_SECONDS, BATCH_BYTES)
            if entries:
                self._write(entries)
            self._intake.oldest = None
            if time.monotonic() - trimmed_at > TRIM_SECONDS:
                trimmed_at = time.monotonic()
                self._trim()

    def _write(self, entries: Sequence[Entry]) -> None:
        lines = [line for entry in entries for line in entry.lines]
        answers: Sequence[object]
        try:
            with self._redis.calls(LogUnavailable) as client:
                pipeline = client.pipeline(transaction=False)
                for line in lines:
                    pipeline.xadd(STREAM + line.record_class, {FIELD: line.data})
                answers = pipeline.execute(raise_on_error=False)
        except LogUnavailable as error:
            answers = [error] * len(lines)
        following = iter(answers)
        for entry in entries:
            self._tell(entry, [next(following) for _line in entry.lines])

    def _tell(self, entry: Entry, answers: Sequence[object]) -> None:
        reason = None
        for line, answer in zip(entry.lines, answers, strict=True):
            if isinstance(answer, Exception):
                reason = "unavailable" if isinstance(answer, LogUnavailable) else "refused"
                self.stats.dropped(line.record_class, reason)
            else:
                self.stats.written(line.record_class, 1, len(line.data))
        if entry.done is not None and reason is None:
            entry.done.set_result(None)
        elif entry.done is not None:
            entry.done.set_exception(LogUnavailable(f"not durable: {reason}"))

    def _trim(self) -> None:
        """By Redis's clock, as entries are numbered by it."""
        try:
            with self._redis.calls(LogUnavailable) as client:
                seconds, _micros = client.time()
                for record_class, kept in self._retention_seconds.items():
                    stream, oldest = STREAM + record_class, f"{int((seconds - kept) * 1000)}-0"
                    for _each in range(MAX_TRIMS):
                        if not client.xtrim(stream, minid=oldest, approximate=True):
                            break
        except LogUnavailable:
            return
