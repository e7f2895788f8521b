"""Where a Kafka is, and what its client is told."""

import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from eventlog.segments import LogUnavailable, LogUnusable, RecordClass

DEFAULT_NAME = "foretype"
CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """``kafka://HOST:PORT,HOST:PORT/NAME?PROPERTY=VALUE``, with any property of librdkafka.

    One topic for each class of records, ``NAME-counts`` and so on.
    """

    servers: str
    name: str
    properties: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, address: str) -> "KafkaAddress":
        """Raises ``LogUnusable``."""
        try:
            parts = urlsplit(address)
        except ValueError as error:
            raise LogUnusable(f"the address of Kafka: {error}") from None
        if parts.scheme != "kafka" or not parts.netloc:
            raise LogUnusable("a Kafka is kafka://HOST:PORT/NAME")
        name = unquote(parts.path.strip("/")) or DEFAULT_NAME
        return cls(parts.netloc, name, tuple(parse_qsl(parts.query)))

    def topic(self, record_class: RecordClass) -> str:
        return f"{self.name}-{record_class}"

    def class_of(self, topic: str) -> RecordClass:
        return RecordClass(topic.removeprefix(f"{self.name}-"))

    def client(self, kind: str, defaults: dict[str, Any]) -> Any:
        """A ``Producer`` or ``Consumer``; the address's own properties win over ``defaults``.

        Raises ``LogUnusable``.
        """
        kafka = confluent_kafka()
        config = {"bootstrap.servers": self.servers, **defaults, **dict(self.properties)}
        try:
            return getattr(kafka, kind)(config, logger=logging.getLogger("foretype.kafka"))
        except kafka.KafkaException as error:
            raise LogUnusable(f"Kafka: {error.args[0].str()}") from None


def partitions_of(client: Any, topic: str) -> list[int]:
    """Raises ``LogUnavailable`` if no broker answers, or none has the topic."""
    try:
        found = client.list_topics(topic, timeout=CONNECT_SECONDS).topics[topic]
    except confluent_kafka().KafkaException as error:
        raise LogUnavailable(f"Kafka does not answer: {error.args[0].name()}") from None
    if found.error is not None:
        raise LogUnavailable(f"Kafka: {topic}: {found.error.name()}")
    return list(found.partitions)


def confluent_kafka() -> Any:
    """The client, which only those need who have a Kafka. Raises ``LogUnusable``."""
    try:
        import confluent_kafka as kafka
    except ImportError:
        raise LogUnusable("Kafka wants the extra: pip install 'foretype-server[data]'") from None
    return kafka
