"""Regions under watch that several servers share: each place is held by one of them.

A place is a file of an editor window, and belongs to the server that heard of it last. Regions
stand in a sorted set by the instant at which the lease on them ends; whoever watches a region
renews it, settles it, or takes its own name off. What is overdue has lost its server. Instants are
Redis's, so that the servers' clocks may differ.

An answer of Redis may be lost with Redis itself: a region that a server was given is its own only
when it has said so (``watched_by``), and until then it is given to it again.
"""

import secrets
from collections.abc import Collection, Iterable
from typing import Any

from eventlog.segments import LogUnavailable
from eventlog.shared_redis import PREFIX, SharedRedis, as_bytes
from server.data.settling.saved import RegionRow

PLACE = PREFIX + "place:"
"""Followed by the place: who holds it; and by ``:regions``: the regions there."""
REGION = PREFIX + "region:"
LEASES = PREFIX + "leases"
MAX_TAKEN = 200
"""At one look."""

_COMMON = """
local function now()
    local time = redis.call('TIME')
    return time[1] + time[2] / 1000000
end
local function lease(id, seconds)
    redis.call('ZADD', KEYS[1], now() + seconds, id)
end
local function forget(id, place)
    redis.call('DEL', 'REGION' .. id)
    redis.call('ZREM', KEYS[1], id)
    if place then redis.call('SREM', 'PLACE' .. place .. ':regions', id) end
end
local function row(id)
    return redis.call('HMGET', 'REGION' .. id, 'place', 'pseudonym', 'sealed', 'watched_by')
end
"""
_SAVE = """
local holder, lease_seconds, keep_seconds = ARGV[1], ARGV[2], ARGV[3]
local id, place = ARGV[4], ARGV[5]
local held_by = redis.call('GET', 'PLACE' .. place)
if held_by and held_by ~= holder then return 0 end
redis.call('HSET', 'REGION' .. id, 'place', place, 'pseudonym', ARGV[6], 'sealed', ARGV[7],
    'watched_by', holder)
redis.call('EXPIRE', 'REGION' .. id, keep_seconds)
redis.call('SADD', 'PLACE' .. place .. ':regions', id)
redis.call('EXPIRE', 'PLACE' .. place .. ':regions', keep_seconds)
lease(id, lease_seconds)
return 1
"""
_FORGET = """
local id = ARGV[2]
local place = row(id)[1]
if place then
    local held_by = redis.call('GET', 'PLACE' .. place)
    if held_by and held_by ~= ARGV[1] then return 0 end
end
forget(id, place)
return 1
"""
_WATCH = """
local holder, id = ARGV[1], ARGV[2]
local place = row(id)[1]
if place and redis.call('GET', 'PLACE' .. place) == holder then
    redis.call('HSET', 'REGION' .. id, 'watched_by', holder)
end
return 0
"""
_HOLD = """
local holder, lease_seconds, keep_seconds, place = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
redis.call('SET', 'PLACE' .. place, holder, 'EX', keep_seconds)
local rows = {}
for _, id in ipairs(redis.call('SMEMBERS', 'PLACE' .. place .. ':regions')) do
    local found = row(id)
    if not found[1] then
        forget(id, place)
    elseif found[4] ~= holder then
        lease(id, lease_seconds)
        table.insert(rows, {id, found[1], found[2], found[3]})
    end
end
return rows
"""
_ABANDONED = """
local holder, lease_seconds, keep_seconds, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local rows = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now(), 'LIMIT', 0, most)) do
    local found = row(id)
    if not found[1] then
        forget(id)
    else
        lease(id, lease_seconds)
        if found[4] ~= holder then
            redis.call('SET', 'PLACE' .. found[1], holder, 'EX', keep_seconds)
            table.insert(rows, {id, found[1], found[2], found[3]})
        end
    end
end
return rows
"""
_LEAVE = """
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    local place = row(id)[1]
    if place and redis.call('GET', 'PLACE' .. place) == ARGV[1] then
        redis.call('ZADD', KEYS[1], 0, id)
        redis.call('DEL', 'PLACE' .. place)
    end
end
return 0
"""


class RedisRegions:
    """See ``RegionTable``. ``lease_seconds`` is how long a region may be left alone.

    Nothing of it stays for longer than ``keep_seconds``. Every method may raise ``LogUnavailable``.
    """

    def __init__(self, redis: SharedRedis, lease_seconds: float, keep_seconds: float) -> None:
        self._redis = redis
        self._times = (lease_seconds, int(keep_seconds))
        self._holder = secrets.token_hex(8)

    def save_regions(
        self, rows: Iterable[RegionRow], gone: Iterable[str], taken: Iterable[str] = ()
    ) -> None:
        with self._redis.calls(LogUnavailable) as client:
            pipeline = client.pipeline()
            for row in rows:
                pipeline.eval(_script(_SAVE), 1, LEASES, self._holder, *self._times, *_values(row))
            for prediction_id in taken:
                pipeline.eval(_script(_WATCH), 1, LEASES, self._holder, prediction_id)
            for prediction_id in gone:
                pipeline.eval(_script(_FORGET), 1, LEASES, self._holder, prediction_id)
            pipeline.execute()

    def abandoned_regions(self) -> list[RegionRow]:
        with self._redis.calls(LogUnavailable) as client:
            script = _script(_ABANDONED)
            found = client.eval(script, 1, LEASES, self._holder, *self._times, MAX_TAKEN)
        return _rows(found)

    def hold_places(self, places: Collection[str]) -> list[RegionRow]:
        with self._redis.calls(LogUnavailable) as client:
            pipeline = client.pipeline(transaction=False)
            for place in places:
                pipeline.eval(_script(_HOLD), 1, LEASES, self._holder, *self._times, place)
            return [row for found in pipeline.execute() for row in _rows(found)]

    def held_places(self, places: Collection[str]) -> set[str]:
        """With those that nobody holds."""
        asked = list(places)
        with self._redis.calls(LogUnavailable) as client:
            holders = client.mget([PLACE + place for place in asked])
        return {
            place
            for place, holder in zip(asked, holders, strict=True)
            if holder is None or as_bytes(holder).decode() == self._holder
        }

    def leave_regions(self) -> None:
        with self._redis.calls(LogUnavailable) as client:
            client.eval(_script(_LEAVE), 1, LEASES, self._holder)


def _script(body: str) -> str:
    return (_COMMON + body).replace("'REGION'", f"'{REGION}'").replace("'PLACE'", f"'{PLACE}'")


def _values(row: RegionRow) -> tuple[str, ...]:
    return row.prediction_id, row.place, row.pseudonym, row.sealed


def _rows(found: Any) -> list[RegionRow]:
    return [RegionRow(*(as_bytes(value).decode() for value in values)) for values in found]
