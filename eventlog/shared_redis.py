"""A Redis that several servers share, for state that must not be lost.

It has to write an append-only file and never evict: a Redis that is a cache would lose keys, and
with them every word they open. A server that does not answer is left alone for a moment, so that
each caller does not wait for it anew.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError, RedisError, TimeoutError
from redis.retry import Retry

from eventlog.segments.errors import LogUnusable

PREFIX = "foretype:"
ANSWER_SECONDS = 1.0
NUM_RETRIES = 1
PAUSE_SECONDS = 2.0
"""Those who ask meanwhile are told at once that there is no answer."""
SCHEMES = ("redis", "rediss", "unix")

_CODE = re.compile("[A-Z]{2,}")


class SharedRedis:
    """Connections to one Redis. Safe to use from several threads.

    After ``pause_seconds`` a Redis that did not answer is asked again.

    Raises ``LogUnusable`` if ``address`` is none, or the Redis there may forget or does not answer.
    """

    def __init__(self, address: str, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._pause_seconds = pause_seconds
        self._silent_until = 0.0
        try:
            scheme = urlsplit(address).scheme
            if scheme not in SCHEMES:
                raise LogUnusable("a Redis is redis://, rediss:// or unix://")
            options = {} if scheme == "unix" else {"socket_keepalive": True}
            self._client: Redis = Redis.from_url(
                address,
                socket_timeout=ANSWER_SECONDS,
                socket_connect_timeout=ANSWER_SECONDS,
                health_check_interval=30,
                retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.2), NUM_RETRIES),
                **options,
            )
            self._check()
        except ValueError as error:
            raise LogUnusable(f"the address of Redis: {error}") from None
        except TypeError as error:  # the first connection is made with what the address names
            problem = str(error).rpartition("() ")[2]
            raise LogUnusable(f"the address of Redis: {problem}") from None

    @contextmanager
    def calls(self, failed: type[Exception]) -> Iterator[Redis]:
        """The client; what it cannot do is raised as ``failed``, without a word of the data."""
        if time.monotonic() < self._silent_until:
            raise failed("Redis does not answer")
        try:
            yield self._client
        except (ConnectionError, TimeoutError) as error:
            self._silent_until = time.monotonic() + self._pause_seconds
            raise failed(f"Redis does not answer: {type(error).__name__}") from None
        except RedisError as error:
            raise failed(f"Redis: {_code(error)}") from None

    def close(self) -> None:
        self._client.close()

    def _check(self) -> None:
        with self.calls(LogUnusable) as client:
            client.ping()
            settings = _settings(client)
        if settings.get("appendonly") == "no":
            raise LogUnusable("Redis would forget all at a restart: set appendonly yes")
        policy = settings.get("maxmemory-policy", "noeviction")
        if policy != "noeviction":
            raise LogUnusable(f"Redis may evict ({policy}): set maxmemory-policy noeviction")


def as_bytes(value: object) -> bytes:
    """A value as Redis sends it, which the client's types do not promise."""
    assert isinstance(value, bytes)
    return value


def _settings(client: Redis) -> dict[str, str]:
    """What a Redis tells of itself; a managed one may tell nothing."""
    found: dict[str, str] = {}
    try:
        for name in ("appendonly", "maxmemory-policy"):
            for key, value in client.config_get(name).items():
                found[_text(key)] = _text(value)
    except (ConnectionError, TimeoutError):
        raise
    except RedisError:
        return {}
    return found


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _code(error: RedisError) -> str:
    """The first word, ``OOM`` or ``READONLY``: what follows may quote what was sent."""
    word = str(error).partition(" ")[0]
    return word if _CODE.fullmatch(word) else type(error).__name__
