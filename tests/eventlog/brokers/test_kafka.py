"""Kafka's address, and a broker that is away or takes less than is sent."""

import time
from concurrent.futures import Future

import pytest
from confluent_kafka import Producer

from eventlog.brokers import kafka_log
from eventlog.brokers.kafka import KafkaAddress
from eventlog.brokers.opening import is_broker, open_broker, subscribe
from eventlog.segments import Line, LogUnavailable, LogUnusable, RecordClass

WAIT = 20.0


def test_an_address_holds_properties_of_the_client() -> None:
    address = KafkaAddress.of("kafka://a:9092,b:9093/edits?security.protocol=SASL_SSL&acks=1")
    assert address.servers == "a:9092,b:9093"
    assert address.topic(RecordClass.TEXT) == "edits-text"
    assert address.class_of("edits-text") is RecordClass.TEXT
    assert dict(address.properties) == {"security.protocol": "SASL_SSL", "acks": "1"}
    assert KafkaAddress.of("kafka://a").name == "foretype"


@pytest.mark.parametrize(
    "address",
    [
        *("", "kafka://", "kafka:///name", "http://a", "kafka://[::1/name"),
        "kafka://a:1/name?no.such=property",
    ],
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(LogUnusable):
        open_broker(address, 1 << 20, {})


def test_brokers_are_told_by_their_scheme() -> None:
    assert is_broker("kafka://a")
    assert is_broker("rediss://a")
    assert not is_broker("s3://bucket")


def test_no_broker_ends_the_start() -> None:
    sink, _source = open_broker("kafka://127.0.0.1:1/name", 1 << 20, {})
    with pytest.raises(LogUnusable, match="Kafka"):
        sink.start()


def test_a_topic_that_nobody_makes_ends_the_start(
    kafka_servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_log, "CONNECT_SECONDS", 0.5)
    address = f"kafka://{kafka_servers}/name?allow.auto.create.topics=false"
    sink, _source = open_broker(address, 1 << 20, {})
    with pytest.raises(LogUnusable, match="name-text: UNKNOWN_TOPIC"):
        sink.start()


def test_a_broker_that_goes_away() -> None:
    """What is not delivered in time fails, is counted, and holds nothing else up."""
    cluster = Producer({"bootstrap.servers": "", "test.mock.num.brokers": 1})
    [broker] = cluster.list_topics(timeout=10).brokers.values()
    address = f"kafka://{broker.host}:{broker.port}/name?message.timeout.ms=300&linger.ms=0"
    sink, _source = open_broker(address, 1 << 20, {})
    sink.start()
    sink.append([Line(b"1\n", RecordClass.COUNTS)]).result(WAIT)
    del cluster  # and its broker with it
    futures: list[Future[None]] = [
        sink.append([Line(b"2\n", RecordClass.COUNTS)] * 2) for _each in range(3)
    ]
    for future in futures:
        with pytest.raises(LogUnavailable, match="undelivered"):
            future.result(WAIT)
    sink.stop()
    assert sink.stats.num_dropped == {("counts", "undelivered"): 6}


def test_stopping_while_kafka_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """With more waiting than the client takes: all fails in the end, and soon."""
    monkeypatch.setattr(kafka_log, "STOP_SECONDS", 0.5)
    cluster = Producer({"bootstrap.servers": "", "test.mock.num.brokers": 1})
    [broker] = cluster.list_topics(timeout=10).brokers.values()
    address = f"kafka://{broker.host}:{broker.port}/name?queue.buffering.max.messages=100"
    sink, _source = open_broker(address, 1 << 20, {})
    sink.start()
    del cluster  # and its broker with it
    futures = [sink.append([Line(b"1\n", RecordClass.COUNTS)] * 2) for _each in range(200)]
    began = time.monotonic()
    sink.stop()
    assert time.monotonic() - began < 5
    for future in futures:
        with pytest.raises(LogUnavailable, match="undelivered"):
            future.result(0)
    assert sink.stats.num_dropped == {("counts", "undelivered"): 400}
    assert sink.lag_seconds == 0.0


def test_reading_a_topic_that_is_not_there(kafka_servers: str) -> None:
    address = f"kafka://{kafka_servers}/nothing?allow.auto.create.topics=false"
    _sink, source = open_broker(address, 1 << 20, {})
    with pytest.raises(LogUnavailable, match="nothing-text: UNKNOWN_TOPIC"):
        list(source.lines(RecordClass.TEXT))
    with pytest.raises(LogUnavailable, match="nothing-text: UNKNOWN_TOPIC"):
        subscribe(address, "collect")


def test_a_line_larger_than_the_client_sends(kafka_servers: str) -> None:
    address = f"kafka://{kafka_servers}/name?message.max.bytes=2000"
    sink, source = open_broker(address, 1 << 20, {})
    sink.start()
    with pytest.raises(LogUnavailable, match="refused"):
        sink.append([Line(b"x" * 5000 + b"\n", RecordClass.COUNTS)]).result(WAIT)
    sink.append([Line(b"1\n", RecordClass.COUNTS)]).result(WAIT)
    sink.stop()
    assert list(source.lines()) == [b"1\n"]
