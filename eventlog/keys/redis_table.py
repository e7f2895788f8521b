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

_ADD = """
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[3]) == 1 then
    redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
end
return redis.call('HGET', KEYS[1], ARGV[1])
"""
_REMOVE = """
local hash = redis.call('HGET', KEYS[2], ARGV[1])
if hash then redis.call('HDEL', KEYS[1], hash) end
return redis.call('HDEL', KEYS[2], ARGV[1])
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
            if client.eval(_REMOVE, 2, USERS, PSEUDONYMS, pseudonym):
                with suppress(ResponseError):  # it is being written already, or may not be ordered
                    client.bgrewriteaof()


def _row(user_hash: bytes, value: bytes) -> KeyRow:
    pseudonym, _space, wrapped = value.partition(b" ")
    return KeyRow(user_hash, pseudonym.decode(), wrapped)
