"""Wrapped data keys that several servers share, in Redis."""

from contextlib import suppress

from redis.exceptions import ResponseError

from eventlog.keys.errors import KeyStoreUnusable
from eventlog.keys.table import KeyRow
from eventlog.shared_redis import PREFIX, SharedRedis, as_bytes

SECRETS = PREFIX + "secrets"
USERS = PREFIX + "users"
"""By hash: the pseudonym, a space, the wrapped key."""
PSEUDONYMS = PREFIX + "pseudonyms"
"""By pseudonym: the hash."""
REWRITE_OWED = PREFIX + "rewrite-owed"
"""The pair removed last since Redis has begun to write its append-only file anew."""

_ADD = """
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[3]) == 1 then
    redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
end
return redis.call('HGET', KEYS[1], ARGV[1])
"""
_REMOVE = """
local hash = redis.call('HGET', KEYS[2], ARGV[1])
if hash then
    redis.call('HDEL', KEYS[1], hash)
    redis.call('SET', KEYS[3], ARGV[1])
end
return redis.call('HDEL', KEYS[2], ARGV[1])
"""
_SETTLE_DEBT = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
"""


class RedisKeyTable:
    """See ``KeyTable``."""

    def __init__(self, redis: SharedRedis) -> None:
        self._redis = redis

    def exists(self) -> bool:
        """Whether a server has ever used it."""
        with self._redis.calls(KeyStoreUnusable) as client:
            return bool(client.exists(SECRETS))

    def secret(self, name: str, wrapped: bytes) -> bytes:
        with self._redis.calls(KeyStoreUnusable) as client:
            client.hsetnx(SECRETS, name, wrapped)
            return as_bytes(client.hget(SECRETS, name))

    def add(self, row: KeyRow) -> KeyRow:
        value = row.pseudonym.encode() + b" " + row.wrapped
        with self._redis.calls(KeyStoreUnusable) as client:
            stands = client.eval(_ADD, 2, USERS, PSEUDONYMS, row.hash, row.pseudonym, value)
        return _row(row.hash, as_bytes(stands))

    def find(self, user_hash: bytes) -> KeyRow | None:
        with self._redis.calls(KeyStoreUnusable) as client:
            value = client.hget(USERS, user_hash)
        return None if value is None else _row(user_hash, as_bytes(value))

    def find_pseudonym(self, pseudonym: str) -> KeyRow | None:
        with self._redis.calls(KeyStoreUnusable) as client:
            user_hash = client.hget(PSEUDONYMS, pseudonym)
        return None if user_hash is None else self.find(as_bytes(user_hash))

    def remove(self, pseudonym: str) -> None:
        """The append-only file is written anew, so that the key does not linger in it."""
        with self._redis.calls(KeyStoreUnusable) as client:
            client.eval(_REMOVE, 3, USERS, PSEUDONYMS, REWRITE_OWED, pseudonym)
        self.tidy()

    def tidy(self) -> None:
        """Have the append-only file written anew, if that is owed.

        While it is being written nothing can be ordered, and what was removed since that began
        may stand in it: then it is owed still.
        """
        with self._redis.calls(KeyStoreUnusable) as client:
            owed = client.get(REWRITE_OWED)
            if owed is None:
                return
            with suppress(ResponseError):
                client.bgrewriteaof()
                client.eval(_SETTLE_DEBT, 1, REWRITE_OWED, as_bytes(owed))


def _row(user_hash: bytes, value: bytes) -> KeyRow:
    pseudonym, _space, wrapped = value.partition(b" ")
    return KeyRow(user_hash, pseudonym.decode(), wrapped)
