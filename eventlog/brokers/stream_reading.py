"""Reads the log in Redis Streams: all of it, or a share of what comes."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from redis import Redis
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
            feed = StreamFeed(self._redis, each)
            while not feed.has_caught_up:
                yield from (line.data for line in feed.take(0.0))


class StreamFeed:
    """See ``Feed``. Whoever takes waits no longer than for an answer."""

    def __init__(self, redis: SharedRedis, record_class: RecordClass) -> None:
        self._redis = redis
        self._record_class = record_class
        self._first = "-"
        self.has_caught_up = False

    def take(self, seconds: float) -> list[Line]:
        with self._redis.calls(LogUnavailable) as client:
            found: Any = client.xrange(STREAM + self._record_class, min=self._first, count=NUM_READ)
        entries = list(found or ())
        if entries:
            self._first = "(" + as_bytes(entries[-1][0]).decode()
        self.has_caught_up |= len(entries) < NUM_READ
        return [Line(as_bytes(fields[FIELD]), self._record_class) for _id, fields in entries]

    def close(self) -> None:
        self._redis.close()


class StreamSubscription:
    """See ``Subscription``. ``member`` names this process within the group."""

    def __init__(
        self, redis: SharedRedis, group: str, member: str, record_classes: Sequence[RecordClass]
    ) -> None:
        self._redis = redis
        self._names = (group, member)
        self._streams = [STREAM + each for each in record_classes]
        self._taken: dict[str, list[bytes]] = {stream: [] for stream in self._streams}
        with redis.calls(LogUnavailable) as client:
            for stream in self._streams:
                with suppress(ResponseError):  # the group is there already
                    client.xgroup_create(stream, group, id="0", mkstream=True)

    @property
    def has_share(self) -> bool:
        return True

    def take(self, seconds: float) -> list[Line]:
        return self._abandoned() or self._new(seconds)

    def done(self) -> None:
        with self._redis.calls(LogUnavailable) as client:
            for stream, ids in self._taken.items():
                if ids:
                    client.xack(stream, self._names[0], *ids)
                ids.clear()

    def close(self) -> None:
        with suppress(LogUnavailable):
            self._leave()
        self._redis.close()

    def _abandoned(self) -> list[Line]:
        with self._redis.calls(LogUnavailable) as client:
            return [line for stream in self._streams for line in self._claim(client, stream)]

    def _claim(self, client: Redis, stream: str) -> list[Line]:
        idle, start = int(ABANDONED_SECONDS * 1000), "0-0"
        while True:
            answer = client.xautoclaim(stream, *self._names, idle, start_id=start, count=NUM_READ)
            lines = self._lines(stream, answer[1])
            if len(lines) < len(answer[1]):
                self._let_go_of_holes(client, stream)
            start = as_bytes(answer[0]).decode()
            if lines or start == "0-0":
                return lines

    def _let_go_of_holes(self, client: Redis, stream: str) -> None:
        """What was cut off before it was done is pending for ever, and nameless when claimed."""
        group, member = self._names
        taken = set(self._taken[stream])
        pending = client.xpending_range(stream, group, "-", "+", len(taken) + NUM_READ, member)
        holes = [each["message_id"] for each in pending if each["message_id"] not in taken]
        if holes:
            client.xack(stream, group, *holes)

    def _new(self, seconds: float) -> list[Line]:
        """The client waits for less long than for an answer at all."""
        streams: Any = dict.fromkeys(self._streams, ">")
        with self._redis.calls(LogUnavailable) as client:
            found: Any = client.xreadgroup(
                *self._names, streams, count=NUM_READ, block=max(int(seconds * 1000), 1)
            )
        pairs = found.items() if isinstance(found, dict) else found or ()
        return [line for stream, entries in pairs for line in self._lines(stream, entries)]

    def _lines(self, stream: str | bytes, entries: Any) -> list[Line]:
        name = stream.decode() if isinstance(stream, bytes) else stream
        record_class = RecordClass(name.removeprefix(STREAM))
        whole = [(entry_id, fields) for entry_id, fields in entries if entry_id and fields]
        self._taken[name] += [entry_id for entry_id, _fields in whole]
        return [Line(as_bytes(fields[FIELD]), record_class) for _id, fields in whole]

    def _leave(self) -> None:
        """The group forgets this member, unless another is to get what it has not done."""
        group, member = self._names
        with self._redis.calls(LogUnavailable) as client:
            for stream in self._streams:
                if not client.xpending_range(stream, group, "-", "+", 1, member):
                    client.xgroup_delconsumer(stream, group, member)
