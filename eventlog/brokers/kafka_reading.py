"""Reads the log in Kafka: all of it, or a share of what comes."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from eventlog.brokers.kafka import CONNECT_SECONDS, KafkaAddress, confluent_kafka
from eventlog.segments import Line, LogUnavailable, RecordClass

READ_SECONDS = 10.0
NUM_TAKEN = 1000


class KafkaSource:
    """See ``LogSource``."""

    def __init__(self, address: KafkaAddress) -> None:
        self._address = address

    def lines(self, record_class: RecordClass | None = None) -> Iterator[bytes]:
        consumer = self._address.client(
            "Consumer",
            {
                "group.id": f"{self._address.name}-reader",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "allow.auto.create.topics": False,
                "fetch.wait.max.ms": 50,
            },
        )
        with closing(consumer):
            for each in RecordClass if record_class is None else (record_class,):
                yield from self._lines(consumer, self._address.topic(each))

    def _lines(self, consumer: Any, topic: str) -> Iterator[bytes]:
        kafka = confluent_kafka()
        try:
            found = consumer.list_topics(topic, timeout=CONNECT_SECONDS).topics[topic]
        except kafka.KafkaException as error:
            raise LogUnavailable(f"Kafka: {error.args[0].name()}") from None
        places = [
            kafka.TopicPartition(topic, number, kafka.OFFSET_BEGINNING)
            for number in found.partitions
        ]
        consumer.assign(places)
        yield from _until_the_end(consumer, len(places))


class KafkaSubscription:
    """See ``Subscription``. The members of a group share the partitions."""

    def __init__(self, address: KafkaAddress, group: str) -> None:
        self._address = address
        self._consumer = address.client(
            "Consumer",
            {"group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest"},
        )
        self._consumer.subscribe([address.topic(each) for each in RecordClass])

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


def _until_the_end(consumer: Any, num_partitions: int) -> Iterator[bytes]:
    """The messages of the partitions that are assigned, up to where each ends now."""
    heard = time.monotonic()
    ended: set[int] = set()
    while len(ended) < num_partitions:
        message = consumer.poll(1.0)
        error = None if message is None else message.error()
        if error is not None and error.code() == confluent_kafka().KafkaError._PARTITION_EOF:
            ended.add(message.partition())
        elif message is not None and error is None:
            heard = time.monotonic()
            yield message.value()
        elif time.monotonic() - heard > READ_SECONDS:
            raise LogUnavailable("Kafka does not answer")
