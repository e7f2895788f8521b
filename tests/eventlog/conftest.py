"""A Kafka: the broker that librdkafka brings for tests, which speaks the real protocol."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer


@pytest.fixture
def kafka_servers() -> Iterator[str]:
    """Where the broker listens, for as long as its cluster lives."""
    cluster = Producer({"bootstrap.servers": "", "test.mock.num.brokers": 1})
    brokers = cluster.list_topics(timeout=10).brokers.values()
    yield ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    cluster.flush(1)
