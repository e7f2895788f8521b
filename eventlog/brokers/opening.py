"""Which log an address names: ``redis://…`` streams, ``kafka://…`` topics."""

import secrets
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from eventlog.brokers.kafka import KafkaAddress
from eventlog.brokers.kafka_log import KafkaLog
from eventlog.brokers.kafka_reading import KafkaSource, KafkaSubscription
from eventlog.brokers.stream_log import RedisStreamLog
from eventlog.brokers.stream_reading import StreamSource, StreamSubscription
from eventlog.brokers.subscription import Subscription
from eventlog.segments import LogUnusable, RecordClass
from eventlog.shared_redis import SCHEMES, SharedRedis
from eventlog.sink import RecordSink
from eventlog.source import LogSource

ADDRESSES = "redis://… or kafka://HOST:PORT/NAME"


KAFKA = "kafka"


def is_broker(address: str) -> bool:
    """Whether it names a log of several servers."""
    return urlsplit(address).scheme in (*SCHEMES, KAFKA)


def _is_kafka(address: str) -> bool:
    """Else it is Redis's. Raises ``LogUnusable`` if it is neither."""
    if not is_broker(address):
        raise LogUnusable(f"a shared log is {ADDRESSES}")
    return urlsplit(address).scheme == KAFKA


def open_broker(
    address: str, max_queue_bytes: int, retention_seconds: Mapping[RecordClass, float]
) -> tuple[RecordSink, LogSource]:
    """The log to write, and the same to read. Raises ``LogUnusable``."""
    if _is_kafka(address):
        kafka = KafkaAddress.of(address)
        return KafkaLog(kafka, max_queue_bytes), KafkaSource(kafka)
    redis = SharedRedis(address)
    return RedisStreamLog(redis, max_queue_bytes, retention_seconds), StreamSource(redis)


def subscribe(address: str, group: str) -> Subscription:
    """A new member of a group. Raises ``EventLogError``."""
    if _is_kafka(address):
        return KafkaSubscription(KafkaAddress.of(address), group)
    member = f"{socket.gethostname()}-{secrets.token_hex(4)}"
    return StreamSubscription(SharedRedis(address), group, member)
