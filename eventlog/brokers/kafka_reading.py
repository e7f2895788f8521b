"""Reads the log in Kafka: all of it, or a share of what comes."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress

from eventlog.brokers.kafka import KafkaAddress, confluent_kafka, partitions_of
from eventlog.segments import Line, LogUnavailable, RecordClass

READ_SECONDS = 10.0
WAIT_SECONDS = 0.05
LOOK_SECONDS = 60.0
NUM_TAKEN = 1000


class KafkaSource:
    """See ``LogSource``."""

    def __init__(self, address: KafkaAddress) -> None:
        self._address = address

    def lines(self, record_class: RecordClass | None = None) -> Iterator[bytes]:
        for each in RecordClass if record_class is None else (record_class,):
            with closing(KafkaFeed(self._address, each)) as feed:
                while not feed.has_caught_up:
                    yield from (line.data for line in feed.take(WAIT_SECONDS))


class KafkaFeed:
    """See ``Feed``. Reads by itself, as a member of no group."""

    def __init__(self, address: KafkaAddress, record_class: RecordClass) -> None:
        self._record_class = record_class
        self._topic = address.topic(record_class)
        self._consumer = address.client(
            "Consumer",
            {
                "group.id": f"{address.name}-reader",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "allow.auto.create.topics": False,
                "fetch.wait.max.ms": 50,
            },
        )
        self._places: set[int] = set()
        self._ended: set[int] = set()
        self._silent_seconds = 0.0
        self._look()

    @property
    def has_caught_up(self) -> bool:
        return self._places <= self._ended

    def take(self, seconds: float) -> list[Line]:
        if time.monotonic() - self._looked > LOOK_SECONDS:
            with suppress(LogUnavailable):
                self._look()
        began = time.monotonic()
        messages = self._consumer.consume(NUM_TAKEN, seconds)
        self._silent_seconds += time.monotonic() - began
        lines = []
        for message in messages:
            error = message.error()
            if error is None:
                lines.append(Line(message.value(), self._record_class))
            elif error.code() == confluent_kafka().KafkaError._PARTITION_EOF:
                self._ended.add(message.partition())
        if lines or self.has_caught_up:
            self._silent_seconds = 0.0
        elif self._silent_seconds > READ_SECONDS:
            raise LogUnavailable("Kafka does not answer")
        return lines

    def close(self) -> None:
        self._consumer.close()

    def _look(self) -> None:
        """A topic may get more partitions while it is read."""
        kafka = confluent_kafka()
        self._looked = time.monotonic()
        found = set(partitions_of(self._consumer, self._topic)) - self._places
        self._places |= found
        self._consumer.incremental_assign(
            [kafka.TopicPartition(self._topic, each, kafka.OFFSET_BEGINNING) for each in found]
        )


class KafkaSubscription:
    """See ``Subscription``. The members of a group share the partitions."""

    def __init__(
        self, address: KafkaAddress, group: str, record_classes: Sequence[RecordClass]
    ) -> None:
        self._address = address
        self._consumer = address.client(
            "Consumer",
            {"group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest"},
        )
        topics = [address.topic(each) for each in record_classes]
        for topic in topics:
            partitions_of(self._consumer, topic)  # else nothing would say that it is away
        self._consumer.subscribe(topics)

    @property
    def has_share(self) -> bool:
        """False also while the group is shared out anew, and for a member too many."""
        return bool(self._consumer.assignment())

    def take(self, seconds: float) -> list[Line]:
        messages = self._consumer.consume(NUM_TAKEN, seconds)
        return [
            Line(message.value(), self._address.class_of(message.topic()))
            for message in messages
            if message.error() is None
        ]

    def done(self) -> None:
        kafka = confluent_kafka()
        try:
            self._consumer.commit(asynchronous=False)
        except kafka.KafkaException as error:
            if error.args[0].code() != kafka.KafkaError._NO_OFFSET:
                raise LogUnavailable(f"Kafka: {error.args[0].name()}") from None

    def close(self) -> None:
        self._consumer.close()
