"""A Kafka: the broker that librdkafka brings for tests, which speaks the real protocol."""

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Producer


@contextmanager
def kafka_broker() -> Iterator[str]:
    """Where it listens, for as long as its cluster lives."""
    cluster = Producer({"bootstrap.servers": "", "test.mock.num.brokers": 1})
    brokers = cluster.list_topics(timeout=10).brokers.values()
    yield ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    cluster.flush(1)
