"""Counts that several servers share, in Redis: one hash for each minute."""

import time
from collections.abc import Mapping
from typing import Any

from eventlog.shared_redis import PREFIX, SharedRedis, as_bytes
from rollout.errors import StoreUnavailable
from rollout.health.counts import KEPT_MINUTES, ArmName, Counts

MINUTE = PREFIX + "rollout:health-users:"
"""Followed by the minute. Fields are salt, arm and part of the counts, apart by spaces."""
PARTS = ("users", "failed", "slow")


class RedisHealthTable:
    """See ``HealthTable``."""

    def __init__(self, redis: SharedRedis) -> None:
        self._redis = redis

    def add(self, minute: int, counts: Mapping[ArmName, Counts]) -> None:
        with self._redis.calls(StoreUnavailable) as client:
            pipeline = client.pipeline()
            for (salt, arm), each in counts.items():
                for part in PARTS:
                    if number := getattr(each, part):
                        pipeline.hincrby(f"{MINUTE}{minute}", f"{salt} {arm} {part}", number)
            pipeline.expire(f"{MINUTE}{minute}", 60 * KEPT_MINUTES)
            pipeline.execute()

    def since(self, minute: int) -> Mapping[ArmName, Counts]:
        minutes = range(minute, int(time.time() // 60) + 2)
        with self._redis.calls(StoreUnavailable) as client:
            pipeline = client.pipeline(transaction=False)
            for each in minutes[-KEPT_MINUTES:]:
                pipeline.hgetall(f"{MINUTE}{each}")
            found: list[Any] = pipeline.execute()
        sums: dict[ArmName, Counts] = {}
        for fields in found:
            for name, number in fields.items():
                salt, arm, part = as_bytes(name).decode().split(" ")
                one = Counts(**{part: int(number)})
                sums[salt, arm] = sums.get((salt, arm), Counts()) + one
        return sums
