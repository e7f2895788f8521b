"""Counts that several servers share, in Redis: one hash for each minute."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from redis import Redis

from eventlog.shared_redis import PREFIX, SharedRedis, as_bytes
from rollout.errors import StoreUnavailable
from rollout.health.counts import KEPT_MINUTES, ArmName, Counts

MINUTE = PREFIX + "rollout:health-users:"
"""Followed by the minute. Fields are salt, arm and part of the counts, apart by spaces."""
PARTS = ("users", "failed", "slow")


class RedisHealthTable:
    """See ``HealthTable``. Minutes are kept by Redis's clock: those of servers may be apart."""

    def __init__(self, redis: SharedRedis, clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._clock = clock

    def add(self, minute: int, counts: Mapping[ArmName, Counts]) -> None:
        with self._redis.calls(StoreUnavailable) as client:
            key = f"{MINUTE}{minute + self._minutes_behind(client)}"
            pipeline = client.pipeline()
            for (salt, arm), each in counts.items():
                for part in PARTS:
                    if number := getattr(each, part):
                        pipeline.hincrby(key, f"{salt} {arm} {part}", number)
            pipeline.expire(key, 60 * KEPT_MINUTES)
            pipeline.execute()

    def since(self, minute: int) -> Mapping[ArmName, Counts]:
        with self._redis.calls(StoreUnavailable) as client:
            first = minute + self._minutes_behind(client)
            pipeline = client.pipeline(transaction=False)
            for each in range(first, first + KEPT_MINUTES):
                pipeline.hgetall(f"{MINUTE}{each}")
            found: list[Any] = pipeline.execute()
        sums: dict[ArmName, Counts] = {}
        for fields in found:
            for name, number in fields.items():
                salt, arm, part = as_bytes(name).decode().split(" ")
                one = Counts(**{part: int(number)})
                sums[salt, arm] = sums.get((salt, arm), Counts()) + one
        return sums

    def _minutes_behind(self, client: Redis) -> int:
        """How far this machine's clock is behind Redis's."""
        seconds, _microseconds = client.time()
        return round((seconds - self._clock()) / 60)
