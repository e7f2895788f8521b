"""A typing session for benchmarks: a real change to a real file, one keystroke at a time.

The file is a rate limiter in its state before the change; the change adds a method to it.
"""

from dataclasses import dataclass

_BEFORE = '''\
"""A token bucket per client, for a server that must not be flooded by any one of them."""

import time
from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """How many requests a client may make at once, and how fast they come back."""

    burst: int
    per_second: float

    def __post_init__(self) -> None:
        if self.burst < 1:
            raise ValueError("burst must be at least 1")
        if self.per_second <= 0:
            raise ValueError("per_second must be positive")


@dataclass
class Bucket:
    """What one client has left, as of the last time it asked."""

    tokens: float
    updated: float


class RateLimiter:
    """Decides whether a client may make one more request now."""

    def __init__(self, limit: Limit, max_clients: int = 10_000) -> None:
        self._limit = limit
        self._max_clients = max_clients
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def _bucket(self, client: str, now: float) -> Bucket:
        bucket = self._buckets.get(client)
        if bucket is None:
            bucket = Bucket(tokens=float(self._limit.burst), updated=now)
            self._buckets[client] = bucket
        self._buckets.move_to_end(client)
        while len(self._buckets) > self._max_clients:
            self._buckets.popitem(last=False)
        return bucket

    def _refill(self, bucket: Bucket, now: float) -> None:
        elapsed = max(0.0, now - bucket.updated)
        refilled = bucket.tokens + elapsed * self._limit.per_second
        bucket.tokens = min(float(self._limit.burst), refilled)
        bucket.updated = now

'''

_TYPED = """\
    def allow(self, client: str) -> bool:
        now = time.monotonic()
        bucket = self._bucket(client, now)
        self._refill(bucket, now)
        if bucket.tokens < 1.0:
            return False
        bucket.tokens -= 1.0
        return True
"""

_AFTER = '''

def describe(limit: Limit) -> str:
    """For the log line at the start of the server."""
    return f"{limit.burst} at once, {limit.per_second:g} per second"
'''


@dataclass(frozen=True)
class TypingSession:
    """``typed`` goes, character by character, between ``before`` and ``after``."""

    path: str
    before: str
    typed: str
    after: str

    def at(self, num_keys: int) -> tuple[str, int]:
        """The file's text and the cursor's byte offset after so many keystrokes."""
        before = self.before + self.typed[:num_keys]
        return before + self.after, len(before.encode())


SESSION = TypingSession(path="limiter.py", before=_BEFORE, typed=_TYPED, after=_AFTER)
