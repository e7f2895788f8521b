"""The state that several servers share, in Redis; the regions are in ``redis_regions``."""

import json
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from eventlog.segments import LogUnavailable
from eventlog.shared_redis import PREFIX, SharedRedis
from server.data.consent.grants import Grant
from server.data.reporting.variants import Variant

VARIANTS = PREFIX + "variants"
GRANTS = PREFIX + "grants:"
EVENTS = PREFIX + "event:"
EVENT_SECONDS = 25 * 3600
"""Longer than any report is taken: what comes again later is refused for its age."""


class RedisState:
    """Variants, consents, and which events are on record. Safe to use from several threads.

    Every method may raise ``LogUnavailable``.
    """

    def __init__(self, redis: SharedRedis) -> None:
        self._redis = redis

    def add_variant(self, digest: str, variant: Variant) -> None:
        with self._redis.calls(LogUnavailable) as client:
            client.hsetnx(VARIANTS, digest, json.dumps(asdict(variant)))

    def find_variant(self, digest: str) -> Variant | None:
        with self._redis.calls(LogUnavailable) as client:
            fields = client.hget(VARIANTS, digest)
        return None if fields is None else Variant(**json.loads(fields))

    def put_grant(self, pseudonym: str, grant: Grant) -> None:
        fields = json.dumps(asdict(grant) | {"time": grant.time.isoformat()})
        with self._redis.calls(LogUnavailable) as client:
            client.hset(GRANTS + pseudonym, grant.project, fields)

    def remove_grant(self, pseudonym: str, project: str) -> None:
        with self._redis.calls(LogUnavailable) as client:
            client.hdel(GRANTS + pseudonym, project)

    def grants_of(self, pseudonym: str) -> list[Grant]:
        with self._redis.calls(LogUnavailable) as client:
            found = client.hgetall(GRANTS + pseudonym)
        grants = [_grant(json.loads(fields)) for fields in found.values()]
        return sorted(grants, key=lambda grant: grant.project)

    def remove_grants(self, pseudonym: str) -> None:
        with self._redis.calls(LogUnavailable) as client:
            client.delete(GRANTS + pseudonym)

    def known(self, event_ids: Collection[str]) -> set[str]:
        ids = list(event_ids)
        with self._redis.calls(LogUnavailable) as client:
            found = client.mget([EVENTS + each for each in ids])
        return {each for each, value in zip(ids, found, strict=True) if value is not None}

    def mark(self, event_ids: Collection[str]) -> set[str]:
        ids = list(event_ids)
        with self._redis.calls(LogUnavailable) as client:
            pipeline = client.pipeline(transaction=False)
            for each in ids:
                pipeline.set(EVENTS + each, b"", ex=EVENT_SECONDS, nx=True)
            are_new = pipeline.execute()
        return {each for each, is_new in zip(ids, are_new, strict=True) if is_new}


def _grant(fields: dict[str, Any]) -> Grant:
    return Grant(**fields | {"time": datetime.fromisoformat(fields["time"])})
