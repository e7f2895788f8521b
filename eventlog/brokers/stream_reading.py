"""Reads the log in Redis Streams: all of it, or a share of what comes."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from redis.exceptions import ResponseError

from eventlog.brokers.stream_log import FIELD, STREAM
from eventlog.segments import Line, LogUnavailable, RecordClass
from eventlog.shared_redis import SharedRedis, as_bytes

NUM_READ = 1000
ABANDONED_SECONDS = 60.0
"""After so long another of the group gets what one has taken and not done."""


class StreamSource:
    """See ``LogSource``."""

    def __init__(self, redis: SharedRedis) -> None:
        self._redis = redis

    def lines(self, record_class: RecordClass | None = None) -> Iterator[bytes]:
        for each in RecordClass if record_class is None else (record_class,):
            first = "-"
            while entries := self._read(STREAM + each, first):
                yield from (as_bytes(fields[FIELD]) for _id, fields in entries)
                first = "(" + as_bytes(entries[-1][0]).decode()

    def _read(self, stream: str, first: str) -> Sequence[Any]:
        with self._redis.calls(LogUnavailable) as client:
            return list(client.xrange(stream, min=first, count=NUM_READ) or ())


class StreamSubscription:
    """See ``Subscription``. ``member`` names this process within the group."""

    def __init__(self, redis: SharedRedis, group: str, member: str) -> None:
        self._redis = redis
        self._names = (group, member)
        self._taken: dict[str, list[bytes]] = {}
        with redis.calls(LogUnavailable) as client:
            for each in RecordClass:
                with suppress(ResponseError):  # the group is there already
                    client.xgroup_create(STREAM + each, group, id="0", mkstream=True)

    @property
    def has_share(self) -> bool:
        return True

    def take(self, seconds: float) -> list[Line]:
        return self._abandoned() or self._new(seconds)

    def done(self) -> None:
        with self._redis.calls(LogUnavailable) as client:
            for stream, ids in self._taken.items():
                client.xack(stream, self._names[0], *ids)
        self._taken.clear()

    def close(self) -> None:
        self._redis.close()

    def _abandoned(self) -> list[Line]:
        lines: list[Line] = []
        idle = int(ABANDONED_SECONDS * 1000)
        with self._redis.calls(LogUnavailable) as client:
            for each in RecordClass:
                answer = client.xautoclaim(STREAM + each, *self._names, idle, count=NUM_READ)
                lines += self._lines(STREAM + each, answer[1])
        return lines

    def _new(self, seconds: float) -> list[Line]:
        """The client waits for less long than for an answer at all."""
        streams: Any = {STREAM + each: ">" for each in RecordClass}
        with self._redis.calls(LogUnavailable) as client:
            found: Any = client.xreadgroup(
                *self._names, streams, count=NUM_READ, block=max(int(seconds * 1000), 1)
            )
        pairs = found.items() if isinstance(found, dict) else found or ()
        return [line for stream, entries in pairs for line in self._lines(stream, entries)]

    def _lines(self, stream: str | bytes, entries: Any) -> list[Line]:
        name = stream.decode() if isinstance(stream, bytes) else stream
        record_class = RecordClass(name.removeprefix(STREAM))
        lines = []
        for entry_id, fields in entries:
            self._taken.setdefault(name, []).append(entry_id)
            if fields:  # none: it was cut off before it was done
                lines.append(Line(as_bytes(fields[FIELD]), record_class))
        return lines
