"""The rollout that several servers share, in Redis.

An answer of Redis may be lost with the connection, and the client then asks once more by itself;
so every entry that was written is known by its id, and writing it again does nothing. What was sent
to a Redis that hangs may still be done when it goes on, after ``StoreUnavailable`` was raised.
"""

import time
from collections.abc import Sequence

import structlog
from redis import Redis
from redis.exceptions import ResponseError

from eventlog.shared_redis import PREFIX, SharedRedis, as_bytes
from rollout.errors import StaleRevision, StoreUnavailable
from rollout.experiments.state import RolloutState
from rollout.store.base import AuditEntry
from rollout.store.entries import read_entry, read_state, state_to_save

STATE = PREFIX + "rollout:state"
"""A hash: the revision in force, and the state itself."""
HISTORY = PREFIX + "rollout:history"
"""A list, the latest last."""
ENTRY_IDS = PREFIX + "rollout:entry_ids"
"""The set of all in the history."""
LEADER = PREFIX + "rollout:leader"
CHANGES = PREFIX + "rollout:changes"
"""The channel that tells each new revision."""
LOOK_SECONDS = 1.0
"""How often the revision is looked at, for Redis may lose what it tells."""

log = structlog.get_logger("foretype.rollout")

_SAVE = """
if redis.call('SISMEMBER', KEYS[3], ARGV[1]) == 1 then return -1 end
local revision = tonumber(redis.call('HGET', KEYS[1], 'revision') or '0')
if revision + 1 ~= tonumber(ARGV[3]) then return revision end
redis.call('HSET', KEYS[1], 'revision', ARGV[3], 'fields', ARGV[4])
redis.call('RPUSH', KEYS[2], ARGV[2])
redis.call('SADD', KEYS[3], ARGV[1])
redis.call('PUBLISH', KEYS[4], ARGV[3])
return -1
"""
"""Returns -1, or the revision in force that made it stale; so does the next."""
_NOTE = """
if redis.call('SISMEMBER', KEYS[3], ARGV[1]) == 1 then return -1 end
local revision = tonumber(redis.call('HGET', KEYS[1], 'revision') or '0')
if revision ~= tonumber(ARGV[3]) then return revision end
redis.call('RPUSH', KEYS[2], ARGV[2])
redis.call('SADD', KEYS[3], ARGV[1])
return -1
"""
_LEAD = """
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_RESIGN = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
"""


class RedisRolloutStore:
    """See ``RolloutStore``. Leases run on Redis's clock, so that the servers' may differ."""

    def __init__(self, redis: SharedRedis) -> None:
        self._redis = redis
        with redis.calls(StoreUnavailable) as client:
            if _may_undo(client):
                log.warning(
                    "rollout store", reason="a power loss may undo a change: set appendfsync always"
                )

    def load(self) -> RolloutState:
        with self._redis.calls(StoreUnavailable) as client:
            fields = client.hget(STATE, "fields")
        return RolloutState() if fields is None else read_state(as_bytes(fields))

    def save(self, entry: AuditEntry) -> None:
        state = state_to_save(entry)
        self._write(_SAVE, entry, state.model_dump_json())

    def note(self, entry: AuditEntry) -> None:
        self._write(_NOTE, entry)

    def history(self, limit: int = 100) -> Sequence[AuditEntry]:
        if limit <= 0:
            return []
        with self._redis.calls(StoreUnavailable) as client:
            texts = client.lrange(HISTORY, -limit, -1)
        return [read_entry(as_bytes(text)) for text in reversed(texts)]

    def wait_for_change(self, revision: int, seconds: float) -> bool:
        until = time.monotonic() + seconds
        with self._redis.calls(StoreUnavailable) as client:
            if _revision(client) != revision:
                return True
            with client.pubsub() as subscription:  # type: ignore[no-untyped-call]
                subscription.subscribe(CHANGES)
                # The first message confirms the subscription: no change is missed after it.
                while (left := until - time.monotonic()) > 0.0:
                    subscription.get_message(timeout=min(LOOK_SECONDS, left))
                    if _revision(client) != revision:
                        return True
        return False

    def lead(self, holder: str, seconds: float) -> bool:
        milliseconds = max(1, int(seconds * 1000))
        with self._redis.calls(StoreUnavailable) as client:
            return bool(client.eval(_LEAD, 1, LEADER, holder, str(milliseconds)))

    def resign(self, holder: str) -> None:
        with self._redis.calls(StoreUnavailable) as client:
            client.eval(_RESIGN, 1, LEADER, holder)

    def close(self) -> None:
        """The connections too."""
        self._redis.close()

    def _write(self, script: str, entry: AuditEntry, *more: str) -> None:
        keys = (STATE, HISTORY, ENTRY_IDS, CHANGES)
        values = (entry.entry_id, entry.model_dump_json(), str(entry.revision), *more)
        with self._redis.calls(StoreUnavailable) as client:
            revision = client.eval(script, len(keys), *keys, *values)
        if revision != -1:
            raise StaleRevision(f"revision {revision} is in force: look again")


def _may_undo(client: Redis) -> bool:
    """Whether it acknowledges what is not on its disk yet. A managed one may not tell."""
    try:
        return client.config_get("appendfsync").get("appendfsync", "always") != "always"
    except ResponseError:
        return False


def _revision(client: Redis) -> int:
    found = client.hget(STATE, "revision")
    return 0 if found is None else int(as_bytes(found))
