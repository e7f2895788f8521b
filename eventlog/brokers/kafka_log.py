"""The log in Kafka: a line is durable when all replicas in sync have it (``acks=all``).

A user's lines of a class stay in order: the pseudonym is the key. How long topics are kept is the
broker's.
Nothing relies on an idempotent producer, whose fatal state only a new one ends: each event has an
id, and readers take it once.
"""

import math
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from eventlog.brokers.kafka import CONNECT_SECONDS, KafkaAddress, confluent_kafka
from eventlog.segments import Line, LogStats, LogUnavailable, LogUnusable, RecordClass
from eventlog.segments.entries import Entry
from eventlog.segments.intake import Intake

BATCH_BYTES = 1 << 20
IDLE_SECONDS = 0.01
STOP_SECONDS = 5.0
"""So long a log that is stopped tries to deliver what waits; the rest is dropped."""
PURGE_SECONDS = 1.0
LOOK_SECONDS = 0.2
MAX_MILLISECONDS = 60_000
"""So long a line is tried to be delivered."""


class KafkaLog:
    """See ``RecordSink``."""

    def __init__(self, address: KafkaAddress, max_queue_bytes: int) -> None:
        self.stats = LogStats()
        self._address = address
        self._intake = Intake(max_queue_bytes, self.stats)
        self._under_way: dict[int, float] = {}
        """When each entry came that is not delivered yet, in order."""
        self._give_up_at = math.inf
        self._thread: threading.Thread | None = None
        self._producer = address.client(
            "Producer",
            {
                "acks": "all",
                "compression.type": "zstd",
                "linger.ms": 5,
                "message.timeout.ms": MAX_MILLISECONDS,
                "message.max.bytes": max(max_queue_bytes, 1 << 20),
                "queue.buffering.max.kbytes": max(max_queue_bytes >> 10, 1),
            },
        )

    def start(self) -> None:
        """Raises ``LogUnusable`` if no broker answers, or has a topic or makes it."""
        for record_class in RecordClass:
            self._find(self._address.topic(record_class))
        self._give_up_at = math.inf
        self._intake.open()
        self._thread = threading.Thread(target=self._run, name="eventlog-kafka", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._give_up_at = time.monotonic() + STOP_SECONDS
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
        while not self._intake.is_drained:
            for entry in self._intake.take(IDLE_SECONDS, BATCH_BYTES):
                self._send(entry)
            self._producer.poll(0)
            self._intake.oldest = next(iter(self._under_way.values()), None)
        self._producer.flush(max(self._give_up_at - time.monotonic(), 0.0))
        self._producer.purge()
        self._producer.flush(PURGE_SECONDS)  # each delivery hears that it is over
        self._intake.oldest = None

    def _find(self, topic: str) -> None:
        """Asking makes the topic where brokers allow it, but perhaps not at once."""
        give_up = time.monotonic() + CONNECT_SECONDS
        while True:
            try:
                found = self._producer.list_topics(topic, timeout=CONNECT_SECONDS).topics[topic]
            except confluent_kafka().KafkaException as error:
                raise LogUnusable(f"Kafka: {error.args[0].name()}") from None
            if found.error is None:
                return
            if time.monotonic() > give_up:
                raise LogUnusable(f"Kafka: {topic}: {found.error.name()}")
            time.sleep(LOOK_SECONDS)

    def _send(self, entry: Entry) -> None:
        delivery = _Delivery(entry, self.stats, self._under_way)
        for line in entry.lines:
            while not self._produce(line, delivery):
                if time.monotonic() > self._give_up_at:
                    delivery.done(line, "undelivered")
                    break
                self._producer.poll(IDLE_SECONDS)

    def _produce(self, line: Line, delivery: "_Delivery") -> bool:
        """False if too much is under way: what comes meanwhile waits in our own queue."""
        topic, key = self._address.topic(line.record_class), line.user.encode() or None
        try:
            self._producer.produce(topic, line.data, key, on_delivery=delivery.of(line))
        except BufferError:
            return False
        except confluent_kafka().KafkaException:  # larger than the broker takes
            delivery.done(line, "refused")
        return True


class _Delivery:
    """The lines of an entry on their way. Used by the writing thread only."""

    def __init__(self, entry: Entry, stats: LogStats, under_way: dict[int, float]) -> None:
        self._entry = entry
        self._stats = stats
        self._under_way = under_way
        self._num_left = len(entry.lines)
        self._reason: str | None = None
        under_way[id(self)] = entry.arrived

    def of(self, line: Line) -> Any:
        """What the client is to call when the line is delivered, or is not."""
        return lambda error, _message: self.done(line, None if error is None else "undelivered")

    def done(self, line: Line, reason: str | None) -> None:
        if reason is None:
            self._stats.written(line.record_class, 1, len(line.data))
        else:
            self._stats.dropped(line.record_class, reason)
            self._reason = reason
        self._num_left -= 1
        if not self._num_left:
            del self._under_way[id(self)]
            self._tell()

    def _tell(self) -> None:
        done = self._entry.done
        if done is not None and self._reason is None:
            done.set_result(None)
        elif done is not None:
            done.set_exception(LogUnavailable(f"not durable: {self._reason}"))
