"""Which log an address names: ``redis://…`` streams, ``kafka://…`` topics."""

import secrets
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from eventlog.brokers.every_consent import EveryConsent
from eventlog.brokers.feed import Feed
from eventlog.brokers.kafka import KafkaAddress
from eventlog.brokers.kafka_log import KafkaLog
from eventlog.brokers.kafka_reading import KafkaFeed, KafkaSource, KafkaSubscription
from eventlog.brokers.stream_log import RedisStreamLog
from eventlog.brokers.stream_reading import StreamFeed, StreamSource, StreamSubscription
from eventlog.brokers.subscription import Subscription
from eventlog.segments import LogUnusable, RecordClass
from eventlog.shared_redis import SCHEMES, SharedRedis
from eventlog.sink import RecordSink
from eventlog.source import LogSource

ADDRESSES = "redis://… or kafka://HOST:PORT/NAME"
KAFKA = "kafka"
SHARED_CLASSES = (RecordClass.TEXT, RecordClass.COUNTS)


def is_broker(address: str) -> bool:
    """Whether it names a log of several servers. Raises ``LogUnusable`` if it is no address."""
    return _scheme(address) in (*SCHEMES, KAFKA)


def open_broker(
    address: str, max_queue_bytes: int, retention_seconds: Mapping[RecordClass, float]
) -> tuple[RecordSink, LogSource]:
    """The log to write, and the same to read. Raises ``LogUnusable``."""
    if _is_kafka(address):
        kafka = KafkaAddress.of(address)
        return KafkaLog(kafka, max_queue_bytes), KafkaSource(kafka)
    redis = SharedRedis(address)
    return RedisStreamLog(redis, max_queue_bytes, retention_seconds), StreamSource(redis)


def subscribe(
    address: str, group: str, record_classes: Sequence[RecordClass] = tuple(RecordClass)
) -> Subscription:
    """A new member of a group that shares these classes. Raises ``EventLogError``."""
    if _is_kafka(address):
        return KafkaSubscription(KafkaAddress.of(address), group, record_classes)
    member = f"{socket.gethostname()}-{secrets.token_hex(4)}"
    return StreamSubscription(SharedRedis(address), group, member, record_classes)


def subscribe_folder(address: str, group: str, folder: Path) -> Subscription:
    """A new member of a group that shares text and counts; it gets each consent ``folder`` lacks.

    Raises ``EventLogError``.
    """
    consents = _feed(address, RecordClass.CONSENT)
    return EveryConsent(subscribe(address, group, SHARED_CLASSES), consents, folder)


def _feed(address: str, record_class: RecordClass) -> Feed:
    if _is_kafka(address):
        return KafkaFeed(KafkaAddress.of(address), record_class)
    return StreamFeed(SharedRedis(address), record_class)


def _is_kafka(address: str) -> bool:
    """Else it is Redis's. Raises ``LogUnusable`` if it is neither."""
    if not is_broker(address):
        raise LogUnusable(f"a shared log is {ADDRESSES}")
    return _scheme(address) == KAFKA


def _scheme(address: str) -> str:
    try:
        return urlsplit(address).scheme
    except ValueError as error:
        raise LogUnusable(f"that is no address: {error}") from None
